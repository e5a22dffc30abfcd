SELECT user_id, email, coalesce(notification_email_status(email), 'ok') AS email_status, locale, timezone, updated_at
FROM notification_recipients
WHERE user_id = %(user_id)s
