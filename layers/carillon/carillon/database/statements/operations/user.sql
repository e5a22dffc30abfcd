-- Return how a person can be reached, and a page of their notifications, the newest first. Always one row. The address
-- is masked here, so it never leaves the database. A scheduled notification has the time at which it is shown.
WITH bounds AS (
    SELECT
        coalesce(uuidv7_floor(%(since)s::timestamptz), '00000000-0000-0000-0000-000000000000') AS first,
        least(
            %(after)s::uuid, uuidv7_floor(%(until)s::timestamptz), 'ffffffff-ffff-ffff-ffff-ffffffffffff'
        ) AS beyond
),
last AS (
    SELECT id
    FROM (
        -- Shown, archived and hidden notifications have an index each; no index has all of them.
        (SELECT id FROM notifications WHERE user_id = %(user_id)s AND in_app AND archived_at IS NULL
            AND id >= (SELECT first FROM bounds) AND id < (SELECT beyond FROM bounds)
            AND (%(event)s::text IS NULL OR event_name = %(event)s OR starts_with(event_name, %(event)s || '.'))
            ORDER BY id DESC LIMIT %(limit)s)
        UNION ALL
        (SELECT id FROM notifications WHERE user_id = %(user_id)s AND in_app AND archived_at IS NOT NULL
            AND id >= (SELECT first FROM bounds) AND id < (SELECT beyond FROM bounds)
            AND (%(event)s::text IS NULL OR event_name = %(event)s OR starts_with(event_name, %(event)s || '.'))
            ORDER BY id DESC LIMIT %(limit)s)
        UNION ALL
        (SELECT id FROM notifications WHERE user_id = %(user_id)s AND NOT in_app
            AND id >= (SELECT first FROM bounds) AND id < (SELECT beyond FROM bounds)
            AND (%(event)s::text IS NULL OR event_name = %(event)s OR starts_with(event_name, %(event)s || '.'))
            ORDER BY id DESC LIMIT %(limit)s)
    ) AS theirs
    ORDER BY id DESC
    LIMIT %(limit)s
)
SELECT
    left(r.email, 1) || '***@' || split_part(r.email, '@', 2) AS email,
    email_status(r.email) AS email_status,
    (SELECT count(*) FROM devices AS v WHERE v.user_id = %(user_id)s AND v.enabled) AS devices,
    r.user_id IS NOT NULL
        OR EXISTS (SELECT FROM last)
        OR EXISTS (SELECT FROM preferences AS p WHERE p.user_id = %(user_id)s)
        OR EXISTS (SELECT FROM devices AS v WHERE v.user_id = %(user_id)s)
        OR EXISTS (SELECT FROM notifications WHERE user_id = %(user_id)s AND in_app AND archived_at IS NULL)
        OR EXISTS (SELECT FROM notifications WHERE user_id = %(user_id)s AND in_app AND archived_at IS NOT NULL)
        OR EXISTS (SELECT FROM notifications WHERE user_id = %(user_id)s AND NOT in_app) AS known,
    (
        SELECT coalesce(jsonb_agg(story ORDER BY notification_id DESC), '[]')
        FROM stories((SELECT array_agg(id) FROM last))
    ) AS stories
FROM (SELECT) AS one
LEFT JOIN recipients AS r ON r.user_id = %(user_id)s
