-- Dispatch again deliveries that were dispatched long ago and never claimed, the oldest first. The message is lost, or
-- it waits in a backlog. So take only as many as there are more such rows than messages in the queue.
--
-- The count stops where it no longer matters. Its order keeps it on the index of due deliveries: in a backlog, the
-- planner would otherwise read the whole table.
WITH waiting AS (
    SELECT count(*) AS rows FROM (
        SELECT FROM deliveries
        WHERE finished_at IS NULL AND available_at <= current_moment() AND dispatched_at IS NOT NULL AND status = 'pending'
        ORDER BY available_at
        LIMIT %(messages)s::bigint + %(batch)s::bigint
    ) AS counted
),
lost AS (
    SELECT id FROM (
        SELECT id, available_at FROM deliveries
        WHERE finished_at IS NULL AND available_at < current_moment() - %(redispatch_after)s * interval '1 second'
            AND dispatched_at < current_moment() - %(redispatch_after)s * interval '1 second' AND status = 'pending'
        ORDER BY available_at
        LIMIT %(batch)s::bigint  -- a limit that the planner knows: with an unknown one it reads the whole table
        FOR NO KEY UPDATE SKIP LOCKED
    ) AS old
    ORDER BY available_at
    LIMIT (SELECT greatest(0, least(%(batch)s::bigint, rows - %(messages)s::bigint)) FROM waiting)
)
UPDATE deliveries AS d
SET dispatched_at = current_moment()
FROM lost
WHERE d.id = lost.id
RETURNING d.id AS delivery_id, 0 AS delay_seconds
