-- Mark deliveries as not dispatched after SQS refused their messages. The reaper dispatches them.
--
-- The status is compared with a value that the planner cannot see. With a literal, the planner expects few rows of that
-- status. While SQS is down and a backlog grows, it would read all of them from the index of due deliveries.
WITH waiting AS (
    SELECT id FROM deliveries
    WHERE id = ANY (%(ids)s::uuid[]) AND status = (SELECT 'pending'::delivery_status OFFSET 0)
    ORDER BY user_id, channel, id
    FOR NO KEY UPDATE
)
UPDATE deliveries AS d
SET dispatched_at = NULL
FROM waiting
WHERE d.id = waiting.id
RETURNING d.id
