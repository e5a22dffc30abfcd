-- Delete a batch of notifications past the retention: database/schema/functions/50_prune.sql.
SELECT deleted, kept FROM notification_prune(
    notification_now() - %(retention_days)s * interval '1 day', %(batch)s::integer, %(audit)s::text[]
)
