-- What an operator watches. oldest_due_seconds is how late the latest delivery is.
SELECT
    count(*) FILTER (WHERE status = 'pending') AS pending,
    count(*) FILTER (WHERE status = 'pending' AND available_at <= notification_now()) AS due,
    count(*) FILTER (WHERE status = 'failed' AND permanent) AS failed_permanently,
    coalesce(extract(epoch FROM notification_now() - min(available_at) FILTER (
        WHERE status = 'pending' AND available_at <= notification_now()
    )), 0)::float AS oldest_due_seconds
FROM notification_deliveries
WHERE status IN ('pending', 'failed')
