-- Return what a message for each of these deliveries would do now. Before a replay of failed deliveries, log the
-- action.
WITH requested AS (
    SELECT
        listed.id, d.status, d.error_code, coalesce(d.permanent, false) AS permanent, d.status = 'failed' AS failed,
        is_chosen(d, %(chosen)s::jsonb) AS chosen
    FROM (SELECT DISTINCT unnest(%(ids)s::uuid[]) AS id) AS listed
    LEFT JOIN deliveries AS d ON d.id = listed.id
),
logged AS (
    INSERT INTO operator_log (at, operator, action, arguments, affected)
    SELECT current_moment(), %(operator)s, 'replay', %(log)s, count(*)
    FROM requested
    WHERE failed AND chosen
    HAVING count(*) > 0 AND %(replay)s
)
SELECT
    requested.id AS delivery_id, requested.status, requested.error_code AS code, requested.permanent,
    CASE
        WHEN requested.failed AND outlook.reason IS NULL THEN 'send'
        WHEN requested.failed THEN 'skip'
        ELSE 'nothing'
    END AS does,
    CASE WHEN requested.failed THEN outlook.reason ELSE coalesce(requested.status::text, 'not_found') END AS reason,
    coalesce(requested.chosen, false) AS chosen
FROM requested
LEFT JOIN outlook((SELECT array_agg(id) FROM requested WHERE failed), %(settings)s::jsonb) AS outlook
    ON outlook.delivery_id = requested.id
ORDER BY requested.id
