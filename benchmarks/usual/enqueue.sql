INSERT INTO usual.queue (notification_id, channel, run_at)
VALUES ($1, $2, now() + $3 * interval '1 second')
RETURNING id
