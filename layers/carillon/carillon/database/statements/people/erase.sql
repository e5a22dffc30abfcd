-- Delete everything about a person: database/schema/functions/51_erase.sql.
SELECT notification_erase_person(%(user_id)s) AS devices
