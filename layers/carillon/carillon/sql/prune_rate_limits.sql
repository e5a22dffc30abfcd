-- A window counts for its own minute and for deliveries that leave in it: an hour later nobody asks.
WITH expired AS (
    SELECT user_id, channel, window_start FROM notification_rate_limits
    WHERE window_start < notification_now() - interval '1 hour'
    ORDER BY user_id, channel, window_start
    LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM notification_rate_limits AS w
USING expired
WHERE (w.user_id, w.channel, w.window_start) = (expired.user_id, expired.channel, expired.window_start)
RETURNING 1
