-- Claimed for longer than the reaper takes to reset a delivery. No worker has it any more.
SELECT
    NULL::uuid AS notification_id, d.id AS delivery_id, count(*) OVER () AS broken,
    'claimed ' || coalesce(extract(epoch FROM current_moment() - d.locked_at)::bigint::text, '?') || ' s ago'
        AS detail
FROM deliveries AS d
WHERE d.status = 'sending'
    AND (d.locked_at IS NULL OR d.locked_at < current_moment() - %(lease_seconds)s * interval '1 second')
ORDER BY d.locked_at
LIMIT %(rows)s
