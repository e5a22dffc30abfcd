-- SQS did not take these: the reaper will.
--
-- The status is compared with a value that the planner cannot see: with a literal it expects few rows of that status
-- and, when SQS is away and a backlog grows, reads all of them from the index of what is due.
WITH waiting AS (
    SELECT id FROM notification_deliveries
    WHERE id = ANY (%(ids)s::uuid[]) AND status = (SELECT 'pending'::text OFFSET 0)
    ORDER BY user_id, channel, id
    FOR NO KEY UPDATE
)
UPDATE notification_deliveries AS d
SET dispatched_at = NULL
FROM waiting
WHERE d.id = waiting.id
RETURNING d.id
