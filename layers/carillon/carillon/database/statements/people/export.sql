-- Return one page of all that is stored about a person, the oldest notifications first. Always one row. Only the first
-- page has the data besides notifications, and only the first page is logged.
WITH page AS (
    SELECT id FROM (
        (SELECT id FROM notifications WHERE user_id = %(user_id)s AND in_app AND archived_at IS NULL
            AND (%(after)s::uuid IS NULL OR id > %(after)s::uuid) ORDER BY id LIMIT %(limit)s)
        UNION ALL
        (SELECT id FROM notifications WHERE user_id = %(user_id)s AND in_app AND archived_at IS NOT NULL
            AND (%(after)s::uuid IS NULL OR id > %(after)s::uuid) ORDER BY id LIMIT %(limit)s)
        UNION ALL
        (SELECT id FROM notifications WHERE user_id = %(user_id)s AND NOT in_app
            AND (%(after)s::uuid IS NULL OR id > %(after)s::uuid) ORDER BY id LIMIT %(limit)s)
    ) AS theirs
    ORDER BY id
    LIMIT %(limit)s
),
logged AS (
    INSERT INTO operator_log (at, operator, action, arguments, affected)
    SELECT current_moment(), %(requester)s, 'export', %(log)s, 1 WHERE %(after)s::uuid IS NULL
)
SELECT
    (SELECT to_jsonb(r) || jsonb_build_object('email_status', email_status(r.email))
        FROM recipients AS r
        WHERE r.user_id = %(user_id)s AND %(after)s::uuid IS NULL) AS recipient,
    (SELECT to_jsonb(p) FROM preferences AS p
        WHERE p.user_id = %(user_id)s AND %(after)s::uuid IS NULL) AS preferences,
    (SELECT coalesce(jsonb_agg(to_jsonb(v) ORDER BY v.id), '[]') FROM devices AS v
        WHERE v.user_id = %(user_id)s AND %(after)s::uuid IS NULL) AS devices,
    (
        SELECT coalesce(jsonb_agg(to_jsonb(n) || jsonb_build_object('deliveries', (
            SELECT coalesce(jsonb_agg(to_jsonb(d) || jsonb_build_object('left_out', i.left_out) ORDER BY d.id), '[]')
            FROM delivery_items AS i
            JOIN deliveries AS d ON d.id = i.delivery_id
            WHERE i.notification_id = n.id
        )) ORDER BY n.id), '[]')
        FROM page JOIN notifications AS n ON n.id = page.id
    ) AS notifications
