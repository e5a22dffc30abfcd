-- Delete the rows of people for whom no delivery opened for hours. The next create inserts a new row.
WITH idle AS (
    SELECT user_id, channel FROM notification_rate_limits
    WHERE used_at < notification_now() - interval '2 hours'
    ORDER BY user_id, channel
    LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM notification_rate_limits AS l
USING idle
WHERE (l.user_id, l.channel) = (idle.user_id, idle.channel)
RETURNING 1
