SELECT user_id, email, email_status, locale, timezone, updated_at
FROM notification_recipients
WHERE user_id = %(user_id)s
