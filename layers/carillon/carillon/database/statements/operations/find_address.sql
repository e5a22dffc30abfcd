-- The address that a person has now.
SELECT email FROM notification_recipients WHERE user_id = %(user_id)s
