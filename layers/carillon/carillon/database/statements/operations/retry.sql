-- Return one page of failed deliveries to retry, the oldest first. Always one row. Nothing changes here: a message that
-- is younger than the failure revives each delivery. Log the action, except in a dry run.
--
-- `named` has the deliveries of the ids that the operator gave, in any state.
WITH moment AS (SELECT coalesce(%(before)s::timestamptz, current_moment()) AS before),
page AS (
    SELECT found.id, found.failed_at AS finished_at FROM failed_deliveries(
        %(chosen)s::jsonb, (SELECT before FROM moment), %(after_at)s::timestamptz, %(after_id)s::uuid,
        %(limit)s::integer
    ) AS found
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
    ) ORDER BY page.finished_at, page.id), '[]') AS failed,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'id', named.id, 'delivery_id', d.id, 'channel', d.channel, 'status', d.status
        ) ORDER BY named.id, d.channel), '[]')
        FROM named_deliveries(%(ids)s::uuid[]) AS named
        LEFT JOIN deliveries AS d ON d.id = named.delivery_id
    ) AS named
FROM page
JOIN outlook((SELECT array_agg(id) FROM page), %(settings)s::jsonb) AS outlook ON outlook.delivery_id = page.id
