-- Store how a person is reached, whole. What a provider said about an address holds for that address alone; spelling
-- it in other letters makes no other address of it.
INSERT INTO notification_recipients AS r (user_id, email, locale, timezone, updated_at)
VALUES (%(user_id)s, %(email)s, %(locale)s, %(timezone)s, notification_now())
ON CONFLICT (user_id) DO UPDATE SET
    email = excluded.email,
    email_status = CASE WHEN lower(r.email) = lower(excluded.email) THEN r.email_status ELSE 'ok' END,
    locale = excluded.locale, timezone = excluded.timezone, updated_at = excluded.updated_at
RETURNING user_id, email, email_status, locale, timezone, updated_at
