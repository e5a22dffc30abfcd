-- Store what a person chose, whole, and with it the token's address where none is stored.
--
-- The address is inserted or updated, never looked for first: a producer may be storing one at this very moment, which
-- then is the one that stays, and the one that is answered for.
WITH stored AS (
    INSERT INTO notification_preferences AS p (
        user_id, in_app_enabled, email_enabled, push_enabled, digest_minutes, updated_at
    )
    VALUES (
        %(user_id)s, %(in_app_enabled)s, %(email_enabled)s, %(push_enabled)s, %(digest_minutes)s, notification_now()
    )
    ON CONFLICT (user_id) DO UPDATE SET
        in_app_enabled = excluded.in_app_enabled, email_enabled = excluded.email_enabled,
        push_enabled = excluded.push_enabled, digest_minutes = excluded.digest_minutes,
        updated_at = excluded.updated_at
    RETURNING p.user_id, p.in_app_enabled, p.email_enabled, p.push_enabled, p.digest_minutes, p.updated_at
),
claimed AS (
    INSERT INTO notification_recipients AS r (user_id, email, updated_at)
    SELECT user_id, %(claimed_email)s::text, updated_at FROM stored WHERE %(claimed_email)s::text IS NOT NULL
    ON CONFLICT (user_id) DO UPDATE SET
        email = coalesce(r.email, excluded.email),
        updated_at = CASE WHEN r.email IS NULL THEN excluded.updated_at ELSE r.updated_at END
    RETURNING r.email
)
SELECT
    s.in_app_enabled, s.email_enabled, s.push_enabled, s.digest_minutes, s.updated_at,
    EXISTS (SELECT FROM claimed)
        OR EXISTS (SELECT FROM notification_recipients WHERE user_id = %(user_id)s AND email IS NOT NULL)
        AS address_known
FROM stored AS s
