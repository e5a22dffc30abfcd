-- Delete everything about a person, and store a receipt: database/schema/functions/51_erase.sql.
SELECT erase_person_v2(%(user_id)s, %(receipt)s, %(person)s, %(requester)s) AS erased
