-- Return the gauges that the reaper publishes.
SELECT *
FROM backlog()
CROSS JOIN (
    SELECT count(*) AS failed, count(*) FILTER (WHERE permanent) AS failed_permanently
    FROM deliveries
    WHERE failed_at IS NOT NULL
) AS failed
CROSS JOIN (
    SELECT
        count(*) FILTER (WHERE NOT automatic AND until > current_moment()) AS pauses,
        count(*) FILTER (WHERE automatic) AS outages
    FROM pauses
) AS paused
