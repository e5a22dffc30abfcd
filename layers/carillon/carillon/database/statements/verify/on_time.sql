-- Due for longer than any repair takes. A claim moves a paused delivery on, so a paused one is not due.
SELECT
    NULL::uuid AS notification_id, d.id AS delivery_id, count(*) OVER () AS broken,
    d.channel || ': due ' || extract(epoch FROM current_moment() - d.available_at)::bigint || ' s ago, '
        || CASE WHEN d.dispatched_at IS NULL THEN 'never dispatched' ELSE 'dispatched' END AS detail
FROM deliveries AS d
WHERE d.status = 'pending' AND d.available_at < current_moment() - %(repair_seconds)s * interval '1 second'
ORDER BY d.available_at
LIMIT %(rows)s
