-- SQS did not take these: the reaper will.
WITH waiting AS (
    SELECT id FROM notification_deliveries
    WHERE id = ANY (%(ids)s::uuid[]) AND status = 'pending'
    ORDER BY user_id, channel, id
    FOR NO KEY UPDATE
)
UPDATE notification_deliveries AS d
SET dispatched_at = NULL
FROM waiting
WHERE d.id = waiting.id AND d.status = 'pending'
RETURNING d.id
