-- Delete everything about a person: database/schema/functions/51_erase.sql.
SELECT erase_person(%(user_id)s) AS devices
