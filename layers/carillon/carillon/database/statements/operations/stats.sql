-- Return the state of the queue, with one subquery for each partial index: database/schema/functions/63_queue.sql.
SELECT
    notification_now() AS asked_at, waiting.*, sending.*, failed.*, sent.*,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'channel', channel, 'per_second', round(per_second::numeric, 1), 'waiting', waiting
        ) ORDER BY channel), '[]') FROM notification_paces
    ) AS paces
FROM notification_backlog() AS waiting
CROSS JOIN (SELECT count(*) AS sending FROM notification_deliveries WHERE status = 'sending') AS sending
CROSS JOIN (
    SELECT
        coalesce(sum(count), 0)::integer AS failed,
        coalesce(jsonb_agg(kind ORDER BY count DESC), '[]') AS failed_by_code
    FROM notification_failures(NULL, NULL) AS kind
) AS failed
CROSS JOIN (
    SELECT
        count(*) AS sent_last_hour,
        count(*) FILTER (WHERE finished_at <= first_available_at + interval '10 seconds') AS within_10_seconds
    FROM notification_deliveries
    WHERE status = 'sent' AND finished_at > notification_now() - interval '1 hour'
) AS sent
