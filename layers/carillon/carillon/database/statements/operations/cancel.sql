-- Cancel one page of notifications: database/schema/functions/62_cancel.sql. Log the action.
WITH done AS (
    SELECT * FROM cancel(
        %(event)s, %(since)s::timestamptz, %(channel)s, %(after)s::uuid, %(limit)s::integer, %(dry_run)s
    )
),
logged AS (
    INSERT INTO operator_log (at, operator, action, arguments, affected)
    SELECT current_moment(), %(operator)s, 'cancel', %(log)s, done.items FROM done
    WHERE done.items > 0 AND NOT %(dry_run)s
)
SELECT items, deliveries, next_id AS next FROM done
