-- Store all choices of a person, and the address of their token if no address is stored. Return what get_preferences
-- returns.
--
-- The address is inserted or updated without a query before. A producer may store one at the same moment: then that
-- address stays, and the answer is about it.
--
-- A time zone that applies anyway is no choice: a client may send back the one that it was answered. The stack's is a
-- choice if the client says that it is known.
WITH stored AS (
    INSERT INTO preferences AS p (
        user_id, in_app_enabled, channels, digest_minutes, rules, quiet_from, quiet_to, timezone, updated_at
    )
    VALUES (
        %(user_id)s, %(in_app_enabled)s, %(channels)s, %(digest_minutes)s, %(rules)s,
        %(quiet_from)s, %(quiet_to)s,
        nullif(%(timezone)s, coalesce(
            (SELECT timezone FROM recipients WHERE user_id = %(user_id)s),
            CASE WHEN NOT %(timezone_known)s THEN %(settings)s::jsonb ->> 'timezone' END
        )),
        current_moment()
    )
    ON CONFLICT (user_id) DO UPDATE SET
        in_app_enabled = excluded.in_app_enabled, channels = excluded.channels, digest_minutes = excluded.digest_minutes, rules = excluded.rules,
        quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, timezone = excluded.timezone,
        updated_at = excluded.updated_at
    RETURNING p.*
),
claimed AS (
    INSERT INTO recipients AS r (user_id, email, updated_at)
    SELECT user_id, %(claimed_email)s::text, updated_at FROM stored WHERE %(claimed_email)s::text IS NOT NULL
    ON CONFLICT (user_id) DO UPDATE SET
        email = coalesce(r.email, excluded.email),
        updated_at = CASE WHEN r.email IS NULL THEN excluded.updated_at ELSE r.updated_at END
    RETURNING r.email, r.timezone
),
reached AS (
    SELECT email, timezone FROM claimed
    UNION ALL
    SELECT email, timezone FROM recipients
    WHERE user_id = %(user_id)s AND NOT EXISTS (SELECT FROM claimed)
)
SELECT preferences_answer(
    p::preferences, r.email, r.timezone,
    EXISTS (SELECT FROM devices AS d WHERE d.user_id = %(user_id)s AND d.enabled),
    %(settings)s::jsonb
) AS preferences
FROM stored AS p
LEFT JOIN reached AS r ON true
