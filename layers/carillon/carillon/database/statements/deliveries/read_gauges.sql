-- What an operator watches. oldest_due_seconds is how late the latest delivery is. One look for each partial index:
-- a status that is one of several can use none of them.
SELECT *
FROM (
    SELECT
        count(*) AS pending,
        count(*) FILTER (WHERE available_at <= notification_now()) AS due,
        greatest(0, coalesce(extract(epoch FROM notification_now() - min(available_at)), 0))::float
            AS oldest_due_seconds
    FROM notification_deliveries
    WHERE status = 'pending'
) AS waiting
CROSS JOIN (
    SELECT count(*) AS failed, count(*) FILTER (WHERE permanent) AS failed_permanently
    FROM notification_deliveries
    WHERE status = 'failed'
) AS failed
CROSS JOIN (
    SELECT
        count(*) FILTER (WHERE NOT automatic AND until > notification_now()) AS pauses,
        count(*) FILTER (WHERE automatic) AS outages
    FROM notification_pauses
) AS paused
