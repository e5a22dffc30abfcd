-- Return the state of the queue, with one subquery for each partial index: database/schema/functions/63_queue.sql.
SELECT
    current_moment() AS asked_at, waiting.*, sending.*, failed.*, sent.*,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'channel', channel, 'per_second', round(per_second::numeric, 1), 'waiting', waiting
        ) ORDER BY channel), '[]') FROM send_rates
    ) AS paces
FROM backlog() AS waiting
CROSS JOIN (SELECT count(*) AS sending FROM deliveries WHERE finished_at IS NULL AND status = 'sending') AS sending
CROSS JOIN (
    SELECT
        coalesce(sum(count), 0)::integer AS failed,
        coalesce(jsonb_agg(kind ORDER BY count DESC), '[]') AS failed_by_code
    FROM failures(NULL, NULL) AS kind
) AS failed
CROSS JOIN (
    SELECT
        count(*) AS sent_last_hour,
        count(*) FILTER (WHERE finished_at <= first_available_at + interval '10 seconds') AS within_10_seconds
    FROM deliveries
    WHERE finished_at > current_moment() - interval '1 hour' AND status = 'sent'
) AS sent
