-- One notification's routing and its deliveries, for the person it is for or the producer that made it. Of a digest's
-- key only its kind is told: the rest may be the producer's own batch key.
SELECT
    n.id AS notification_id, n.severity, n.in_app, n.routing, n.send_at, n.expires_at, n.read_at, n.archived_at,
    n.retracted_at, notification_now() AS asked_at,
    coalesce(jsonb_agg(jsonb_build_object(
        'delivery_id', d.id, 'channel', d.channel, 'status', d.status, 'attempts', d.attempts,
        'available_at', d.available_at, 'finished_at', d.finished_at, 'error_code', d.error_code,
        'provider_status', d.provider_status,
        'left_out', i.left_out, 'history', notification_time_line(d.history, d.provider_events),
        'digest', coalesce(split_part(d.digest_key, ':', 1), 'single'),
        'items', (
            SELECT count(*) FROM notification_delivery_items AS mate
            WHERE mate.delivery_id = d.id AND mate.left_out IS NULL
        )
    ) || CASE d.status WHEN 'pending' THEN notification_held_back(d, notification_now()) ELSE '{}' END
    ORDER BY d.channel) FILTER (WHERE d.id IS NOT NULL), '[]') AS deliveries
FROM notifications AS n
LEFT JOIN notification_delivery_items AS i ON i.notification_id = n.id
LEFT JOIN notification_deliveries AS d ON d.id = i.delivery_id
WHERE n.id = %(id)s AND (n.user_id = %(user_id)s OR n.created_by = %(producer)s)
GROUP BY n.id
