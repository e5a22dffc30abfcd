-- The table of deliveries at a glance. One look for each partial index: a status that is one of several can use none.
SELECT
    notification_now() AS asked_at, waiting.*, sending.*, failed.*, sent.*,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'channel', channel, 'per_second', round(per_second::numeric, 1), 'waiting', waiting
        ) ORDER BY channel), '[]') FROM notification_paces
    ) AS paces
FROM (
    SELECT
        count(*) AS pending,
        count(*) FILTER (WHERE available_at <= notification_now()) AS due,
        greatest(0, coalesce(extract(epoch FROM notification_now() - min(available_at)), 0))::float
            AS oldest_due_seconds
    FROM notification_deliveries
    WHERE status = 'pending'
) AS waiting
CROSS JOIN (SELECT count(*) AS sending FROM notification_deliveries WHERE status = 'sending') AS sending
CROSS JOIN (
    SELECT coalesce(sum(count), 0)::integer AS failed, coalesce(jsonb_agg(kind ORDER BY count DESC), '[]') AS failed_by_code
    FROM (
        SELECT
            channel, error_code AS code, permanent, count(*) AS count, min(finished_at) AS oldest,
            max(finished_at) AS newest
        FROM notification_deliveries
        WHERE status = 'failed'
        GROUP BY channel, error_code, permanent
    ) AS kind
) AS failed
CROSS JOIN (
    SELECT
        count(*) AS sent_last_hour,
        count(*) FILTER (WHERE finished_at <= first_available_at + interval '10 seconds') AS within_10_seconds
    FROM notification_deliveries
    WHERE status = 'sent' AND finished_at > notification_now() - interval '1 hour'
) AS sent
