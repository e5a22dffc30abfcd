-- See migrations/functions/50_prune.sql.
SELECT notification_prune(
    notification_now() - %(retention_days)s * interval '1 day', %(batch)s::integer
) AS pruned
