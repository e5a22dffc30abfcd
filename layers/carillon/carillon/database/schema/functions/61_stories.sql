-- Return the delivery histories of notifications: each with its routing, its deliveries and their times. The caller
-- decides who may see them. The model is Story in models/story.py.
--
-- Of a digest's key the history names only the kind. The rest of the key may be the producer's own batch key.
CREATE OR REPLACE FUNCTION stories(ids uuid[]) RETURNS TABLE (notification_id uuid, story jsonb)
LANGUAGE sql STABLE AS $$
    SELECT n.id, jsonb_build_object(
        'notification_id', n.id, 'user_id', n.user_id, 'event_name', n.event_name, 'severity', n.severity,
        'created_by', n.created_by, 'created_at', n.created_at, 'in_app', n.in_app, 'routing', n.routing,
        'send_at', n.send_at, 'expires_at', n.expires_at, 'read_at', n.read_at, 'archived_at', n.archived_at,
        'retracted_at', n.retracted_at, 'asked_at', current_moment(),
        'deliveries', coalesce(jsonb_agg(jsonb_build_object(
            'delivery_id', d.id, 'channel', d.channel, 'status', d.status, 'attempts', d.attempts,
            'available_at', d.available_at, 'finished_at', d.finished_at, 'error_code', d.error_code,
            'provider_status', d.provider_status, 'left_out', i.left_out, 'created_at', d.created_at,
            'first_available_at', d.first_available_at, 'dispatched_at', d.dispatched_at,
            'history', time_line(d.history, d.provider_events),
            'digest', coalesce(split_part(d.digest_key, ':', 1), 'single'),
            'items', (
                SELECT count(*) FROM delivery_items AS mate
                WHERE mate.delivery_id = d.id AND mate.left_out IS NULL
            )
        ) || CASE d.status WHEN 'pending' THEN held_back(d, current_moment()) ELSE '{}' END
        ORDER BY d.channel) FILTER (WHERE d.id IS NOT NULL), '[]')
    )
    FROM notifications AS n
    LEFT JOIN delivery_items AS i ON i.notification_id = n.id
    LEFT JOIN deliveries AS d ON d.id = i.delivery_id
    WHERE n.id = ANY (ids)
    GROUP BY n.id
$$;
