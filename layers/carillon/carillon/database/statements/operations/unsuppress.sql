-- Send email to an address again, and begin the count of its soft bounces again. Return why it was suppressed. Always one row. Log the
-- action.
WITH lifted AS (
    DELETE FROM suppressions
    WHERE address_hash = address_hash(%(email)s::text)
    RETURNING reason
),
forgotten AS (
    DELETE FROM soft_bounces WHERE address_hash = address_hash(%(email)s::text)
),
logged AS (
    INSERT INTO operator_log (at, operator, action, arguments, affected)
    SELECT current_moment(), %(operator)s, 'unsuppress', %(log)s, count(*) FROM lifted HAVING count(*) > 0
)
SELECT (SELECT reason FROM lifted) AS reason
