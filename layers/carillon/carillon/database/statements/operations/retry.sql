-- Return one page of failed deliveries to retry, the oldest first. Always one row. Nothing changes here: a message that
-- is younger than the failure revives each delivery. Log the action, except in a dry run.
WITH moment AS (SELECT coalesce(%(before)s::timestamptz, current_moment()) AS before),
page AS (
    SELECT d.id, d.failed_at AS finished_at FROM deliveries AS d
    WHERE d.failed_at >= greatest(%(since)s::timestamptz, %(after_at)s::timestamptz, '-infinity')
        AND (%(after_at)s::timestamptz IS NULL OR (d.failed_at, d.id) > (%(after_at)s, %(after_id)s::uuid))
        AND (%(code)s::text IS NULL OR d.error_code = %(code)s)
        AND d.failed_at <= (SELECT before FROM moment)
    ORDER BY d.failed_at, d.id
    LIMIT %(limit)s
),
logged AS (
    INSERT INTO operator_log (at, operator, action, arguments, affected)
    SELECT current_moment(), %(operator)s, 'retry', %(log)s, count(*) FROM page
    HAVING count(*) > 0 AND NOT %(dry_run)s
)
SELECT
    (SELECT before FROM moment) AS before,
    coalesce(jsonb_agg(jsonb_build_object(
        'delivery_id', page.id, 'finished_at', page.finished_at, 'reason', outlook.reason
    ) ORDER BY page.finished_at, page.id), '[]') AS failed
FROM page
JOIN outlook((SELECT array_agg(id) FROM page), %(settings)s::jsonb) AS outlook ON outlook.delivery_id = page.id
