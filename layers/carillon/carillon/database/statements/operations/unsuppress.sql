-- Send email to an address again. Always one row: what had been said of it.
WITH lifted AS (
    DELETE FROM notification_suppressions
    WHERE address_hash = notification_address_hash(%(email)s::text)
    RETURNING reason
),
logged AS (
    INSERT INTO notification_operator_log (at, operator, action, arguments, affected)
    SELECT notification_now(), %(operator)s, 'unsuppress', %(log)s, count(*) FROM lifted HAVING count(*) > 0
)
SELECT (SELECT reason FROM lifted) AS reason
