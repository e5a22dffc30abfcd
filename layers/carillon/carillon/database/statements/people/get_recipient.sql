SELECT user_id, email, coalesce(email_status(email), 'ok') AS email_status, locale, timezone, updated_at
FROM recipients
WHERE user_id = %(user_id)s
