-- Dispatch deliveries that were never dispatched and are due, or become due before the reaper's next run. The create
-- died before it could dispatch them, or SQS refused the message.
WITH due AS (
    SELECT id FROM deliveries
    WHERE finished_at IS NULL AND available_at <= current_moment() + %(ahead)s * interval '1 second' AND dispatched_at IS NULL
        AND status = 'pending'
    ORDER BY available_at
    LIMIT %(batch)s
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE deliveries AS d
SET dispatched_at = current_moment()
FROM due
WHERE d.id = due.id
RETURNING d.id AS delivery_id, delay_seconds(d.available_at, current_moment()) AS delay_seconds
