-- Delete the rows of people for whom no delivery opened for hours. The next create inserts a new row.
WITH idle AS (
    SELECT user_id FROM rate_limits
    WHERE used_at < current_moment() - interval '2 hours'
    ORDER BY user_id
    LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM rate_limits AS l
USING idle
WHERE l.user_id = idle.user_id
RETURNING 1
