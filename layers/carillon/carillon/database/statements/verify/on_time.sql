-- Due for longer than any repair takes. What a pause holds is not due: its claim moved it on.
SELECT
    NULL::uuid AS notification_id, d.id AS delivery_id, count(*) OVER () AS broken,
    d.channel || ': due ' || extract(epoch FROM notification_now() - d.available_at)::bigint || ' s ago, '
        || CASE WHEN d.dispatched_at IS NULL THEN 'never dispatched' ELSE 'dispatched' END AS detail
FROM notification_deliveries AS d
WHERE d.status = 'pending' AND d.available_at < notification_now() - %(repair_seconds)s * interval '1 second'
ORDER BY d.available_at
LIMIT %(rows)s
