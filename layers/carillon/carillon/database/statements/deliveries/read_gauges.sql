-- Return the gauges that the reaper publishes.
SELECT *
FROM notification_backlog()
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
