-- Return how a person can be reached, and their last 20 notifications. Always one row. The address is masked here, so
-- it never leaves the database.
WITH last AS (
    SELECT id
    FROM (
        -- Shown, archived and hidden notifications have an index each; no index has all of them.
        (SELECT id FROM notifications WHERE user_id = %(user_id)s AND in_app AND archived_at IS NULL
            ORDER BY id DESC LIMIT 20)
        UNION ALL
        (SELECT id FROM notifications WHERE user_id = %(user_id)s AND in_app AND archived_at IS NOT NULL
            ORDER BY id DESC LIMIT 20)
        UNION ALL
        (SELECT id FROM notifications WHERE user_id = %(user_id)s AND NOT in_app ORDER BY id DESC LIMIT 20)
    ) AS theirs
    ORDER BY id DESC
    LIMIT 20
)
SELECT
    left(r.email, 1) || '***@' || split_part(r.email, '@', 2) AS email,
    email_status(r.email) AS email_status,
    (SELECT count(*) FROM devices AS v WHERE v.user_id = %(user_id)s AND v.enabled) AS devices,
    r.user_id IS NOT NULL
        OR EXISTS (SELECT FROM last)
        OR EXISTS (SELECT FROM preferences AS p WHERE p.user_id = %(user_id)s)
        OR EXISTS (SELECT FROM devices AS v WHERE v.user_id = %(user_id)s) AS known,
    (
        SELECT coalesce(jsonb_agg(story ORDER BY notification_id DESC), '[]')
        FROM stories((SELECT array_agg(id) FROM last))
    ) AS stories
FROM (SELECT) AS one
LEFT JOIN recipients AS r ON r.user_id = %(user_id)s
