-- Store what a person chose, whole, and with it the token's address where none is stored. The answer is get_preferences'.
--
-- The address is inserted or updated, never looked for first: a producer may be storing one at this very moment, which
-- then is the one that stays, and the one that is answered for.
WITH stored AS (
    INSERT INTO notification_preferences AS p (
        user_id, in_app_enabled, email_enabled, push_enabled, digest_minutes, rules, quiet_from, quiet_to, updated_at
    )
    VALUES (
        %(user_id)s, %(in_app_enabled)s, %(email_enabled)s, %(push_enabled)s, %(digest_minutes)s, %(rules)s,
        %(quiet_from)s, %(quiet_to)s, notification_now()
    )
    ON CONFLICT (user_id) DO UPDATE SET
        in_app_enabled = excluded.in_app_enabled, email_enabled = excluded.email_enabled,
        push_enabled = excluded.push_enabled, digest_minutes = excluded.digest_minutes, rules = excluded.rules,
        quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, updated_at = excluded.updated_at
    RETURNING p.*
),
claimed AS (
    INSERT INTO notification_recipients AS r (user_id, email, updated_at)
    SELECT user_id, %(claimed_email)s::text, updated_at FROM stored WHERE %(claimed_email)s::text IS NOT NULL
    ON CONFLICT (user_id) DO UPDATE SET
        email = coalesce(r.email, excluded.email),
        updated_at = CASE WHEN r.email IS NULL THEN excluded.updated_at ELSE r.updated_at END
    RETURNING r.email, r.timezone
),
reached AS (
    SELECT email, timezone FROM claimed
    UNION ALL
    SELECT email, timezone FROM notification_recipients
    WHERE user_id = %(user_id)s AND NOT EXISTS (SELECT FROM claimed)
)
SELECT
    p.in_app_enabled, p.email_enabled, p.push_enabled, p.digest_minutes, p.rules, p.updated_at,
    CASE WHEN p.quiet_from IS NOT NULL THEN
        jsonb_build_object('from', to_char(p.quiet_from, 'HH24:MI'), 'to', to_char(p.quiet_to, 'HH24:MI'))
    END AS quiet_hours,
    notification_settings_page(
        %(categories)s::text[], p.rules, p.email_enabled, p.push_enabled, p.digest_minutes, %(settings)s
    ) AS categories,
    coalesce(r.timezone, %(settings)s::jsonb ->> 'timezone') AS timezone,
    r.email IS NOT NULL AS address_known,
    notification_email_status(r.email) AS email_status,
    EXISTS (SELECT FROM notification_devices AS d WHERE d.user_id = %(user_id)s AND d.enabled) AS device_known
FROM stored AS p
LEFT JOIN reached AS r ON true
