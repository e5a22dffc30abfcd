-- Store the contact data and the opt-outs of people who have none, and change nothing that is stored. Return for each
-- person whether something was new, and whether another address is stored. With dry_run, store nothing.
WITH given AS (
    SELECT user_id, email, locale, timezone, channels,
        coalesce(email, locale, timezone) IS NOT NULL AS has_contact, channels <> '{}' AS has_choice
    FROM jsonb_to_recordset(%(people)s)
        AS people (user_id text, email text, locale text, timezone text, channels jsonb)
),
contacts AS (
    INSERT INTO recipients (user_id, email, locale, timezone, updated_at)
    SELECT user_id, email, locale, timezone, current_moment() FROM given
    WHERE has_contact AND NOT %(dry_run)s
    ORDER BY user_id
    ON CONFLICT (user_id) DO NOTHING
    RETURNING user_id
),
choices AS (
    INSERT INTO preferences (user_id, channels, updated_at)
    SELECT user_id, channels, current_moment() FROM given
    WHERE has_choice AND NOT %(dry_run)s
    ORDER BY user_id
    ON CONFLICT (user_id) DO NOTHING
    RETURNING user_id
),
logged AS (
    INSERT INTO operator_log (at, operator, action, arguments, affected)
    SELECT current_moment(), %(operator)s, 'import', '{}', count(*)
    FROM (SELECT user_id FROM contacts UNION SELECT user_id FROM choices) AS changed
    HAVING count(*) > 0
)
-- These joins see the rows as they were before the statement.
SELECT g.user_id,
    (g.has_contact AND r.user_id IS NULL) OR (g.has_choice AND p.user_id IS NULL) AS new,
    r.user_id IS NOT NULL AND g.email IS NOT NULL AND r.email IS DISTINCT FROM g.email AS other_address
FROM given AS g
LEFT JOIN recipients AS r ON r.user_id = g.user_id
LEFT JOIN preferences AS p ON p.user_id = g.user_id
