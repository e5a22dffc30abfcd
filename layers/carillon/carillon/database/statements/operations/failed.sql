-- Return one page of failed deliveries, the oldest first, with the result that a message for each would have now. The
-- first page also has the counts by reason. Always one row.
WITH page AS (
    SELECT d.* FROM failed_deliveries(
        %(chosen)s::jsonb, NULL, %(after_at)s::timestamptz, %(after_id)s::uuid, %(limit)s::integer
    ) AS found
    JOIN deliveries AS d USING (id)
)
SELECT
    (
        SELECT coalesce(jsonb_agg(kind ORDER BY count DESC), '[]')
        FROM (
            SELECT d.channel, d.error_code AS code, d.permanent, count(*), min(d.failed_at) AS oldest,
                max(d.failed_at) AS newest
            FROM failed_deliveries(%(chosen)s::jsonb, NULL, NULL, NULL, NULL) AS found
            JOIN deliveries AS d USING (id)
            WHERE %(after_at)s::timestamptz IS NULL
            GROUP BY d.channel, d.error_code, d.permanent
        ) AS kind
    ) AS by_code,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'delivery_id', page.id, 'user_id', page.user_id, 'channel', page.channel, 'code', page.error_code,
            'last_error', page.last_error, 'permanent', page.permanent, 'attempts', page.attempts,
            'finished_at', page.finished_at,
            'items', (SELECT count(*) FROM delivery_items AS i WHERE i.delivery_id = page.id),
            'would_skip', outlook.reason
        ) ORDER BY page.finished_at, page.id), '[]')
        FROM page
        JOIN outlook((SELECT array_agg(id) FROM page), %(settings)s::jsonb) AS outlook
            ON outlook.delivery_id = page.id
    ) AS failed
