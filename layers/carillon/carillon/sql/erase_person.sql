-- See migrations/functions/51_erase.sql.
SELECT notification_erase(%(user_id)s) AS endpoint_arns
