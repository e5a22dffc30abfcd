-- Delete a batch of notifications past the retention: database/schema/functions/50_prune.sql.
SELECT deleted, kept FROM prune(
    current_moment() - %(retention_days)s * interval '1 day', %(batch)s::integer, %(audit)s::text[]
)
