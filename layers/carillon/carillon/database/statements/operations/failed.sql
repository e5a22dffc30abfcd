-- Return one page of failed deliveries, the oldest first, with the result that a message for each would have now. The
-- first page also has the counts by reason. Always one row. The times bound the index of failed deliveries.
WITH page AS (
    SELECT d.* FROM deliveries AS d
    WHERE d.failed_at >= greatest(%(since)s::timestamptz, %(after_at)s::timestamptz, '-infinity')
        AND (%(after_at)s::timestamptz IS NULL OR (d.failed_at, d.id) > (%(after_at)s, %(after_id)s::uuid))
        AND (%(code)s::text IS NULL OR d.error_code = %(code)s)
    ORDER BY d.failed_at, d.id
    LIMIT %(limit)s
)
SELECT
    (
        SELECT coalesce(jsonb_agg(kind ORDER BY count DESC), '[]')
        FROM failures(%(since)s::timestamptz, %(code)s::text) AS kind
        WHERE %(after_at)s::timestamptz IS NULL
    ) AS by_code,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'delivery_id', page.id, 'user_id', page.user_id, 'channel', page.channel, 'code', page.error_code,
            'permanent', page.permanent, 'attempts', page.attempts, 'finished_at', page.finished_at,
            'items', (SELECT count(*) FROM delivery_items AS i WHERE i.delivery_id = page.id),
            'would_skip', outlook.reason
        ) ORDER BY page.finished_at, page.id), '[]')
        FROM page
        JOIN outlook((SELECT array_agg(id) FROM page), %(settings)s::jsonb) AS outlook
            ON outlook.delivery_id = page.id
    ) AS failed
