-- The state of the pipe that the demo shows, as one JSON document. It reads whole tables: only for the devstack.
WITH latest AS (
    SELECT n.id, n.user_id, n.event_name, n.title, n.created_at FROM notifications AS n ORDER BY n.id DESC LIMIT 400
), happened AS (
    -- Show notifications of the same event and title as one event, with their number.
    SELECT
        (array_agg(id ORDER BY id DESC))[1] AS id, array_agg(id) AS ids, max(title) AS title, count(*) AS times,
        max(created_at) AS at
    FROM latest GROUP BY user_id, event_name, title ORDER BY max(created_at) DESC LIMIT 10
), shown AS (
    (SELECT * FROM deliveries WHERE status = 'pending' ORDER BY available_at LIMIT 12)
    UNION ALL (SELECT * FROM deliveries WHERE status = 'sending' ORDER BY locked_at LIMIT 12)
    UNION ALL (SELECT * FROM deliveries WHERE status = 'sent' ORDER BY finished_at DESC LIMIT 8)
    UNION ALL (SELECT * FROM deliveries WHERE status = 'skipped' ORDER BY finished_at DESC LIMIT 4)
    UNION ALL (SELECT * FROM deliveries WHERE status = 'failed' ORDER BY finished_at DESC LIMIT 12)
), listed AS (
    SELECT
        shown.*, items.count AS items, items.ids AS notification_ids,
        (SELECT title FROM notifications AS n WHERE n.id = items.ids[1]) AS title
    FROM shown CROSS JOIN LATERAL (
        SELECT count(*), (array_agg(i.notification_id ORDER BY i.notification_id DESC))[:120] AS ids
        FROM delivery_items AS i WHERE i.delivery_id = shown.id
    ) AS items
)
SELECT jsonb_build_object(
    'happened', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', happened.id, 'ids', happened.ids, 'title', happened.title, 'times', happened.times,
            'story', story.story
        ) ORDER BY happened.at DESC), '[]')
        FROM happened
        JOIN stories((SELECT array_agg(id) FROM happened)) AS story ON story.notification_id = happened.id
    ),
    'deliveries', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', id, 'user', user_id, 'channel', channel, 'status', status, 'title', title, 'items', items,
            'notification_ids', notification_ids, 'digest', split_part(digest_key, ':', 1),
            'collects', open_digest_key IS NOT NULL, 'attempts', attempts, 'max_attempts', max_attempts,
            'due', available_at, 'finished', finished_at, 'code', error_code, 'detail', last_error,
            'seconds', extract(epoch FROM finished_at - first_available_at)
        )), '[]')
        FROM listed
    ),
    'counts', (
        SELECT coalesce(jsonb_object_agg(status, count), '{}') FROM (
            SELECT status, count(*) FROM deliveries GROUP BY status
        ) AS by_status
    ) || jsonb_build_object('recorded', (SELECT count(*) FROM notifications)),
    'pauses', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'channel', channel, 'event', event, 'until', until, 'automatic', automatic, 'reason', reason
        )), '[]')
        FROM pauses WHERE until > now()
    ),
    'endpoints', (
        SELECT coalesce(jsonb_object_agg(endpoint_arn, user_id), '{}') FROM devices WHERE enabled
    )
)
