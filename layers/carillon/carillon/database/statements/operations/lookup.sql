-- What a message for each of these deliveries would do now. A replay is about to send those that failed: it is logged.
WITH asked AS (
    SELECT
        listed.id, d.status, d.error_code, coalesce(d.permanent, false) AS permanent, d.status = 'failed' AS failed
    FROM (SELECT DISTINCT unnest(%(ids)s::uuid[]) AS id) AS listed
    LEFT JOIN notification_deliveries AS d ON d.id = listed.id
),
logged AS (
    INSERT INTO notification_operator_log (at, operator, action, arguments, affected)
    SELECT notification_now(), %(operator)s, 'replay', %(log)s, count(*)
    FROM asked
    WHERE failed AND (%(code)s::text IS NULL OR error_code = %(code)s)
    HAVING count(*) > 0 AND %(replay)s
)
SELECT
    asked.id AS delivery_id, asked.status, asked.error_code AS code, asked.permanent,
    CASE WHEN asked.failed AND outlook.reason IS NULL THEN 'send' WHEN asked.failed THEN 'skip' ELSE 'nothing' END AS does,
    CASE WHEN asked.failed THEN outlook.reason ELSE coalesce(asked.status, 'not_found') END AS reason
FROM asked
LEFT JOIN notification_outlook((SELECT array_agg(id) FROM asked WHERE failed), %(settings)s) AS outlook
    ON outlook.delivery_id = asked.id
ORDER BY asked.id
