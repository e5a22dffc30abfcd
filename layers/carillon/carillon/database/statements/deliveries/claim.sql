-- Claim a batch of deliveries: database/schema/functions/40_claim.sql.
SELECT claim(
    %(ids)s::uuid[], %(sent_at)s::timestamptz[], %(settings)s::jsonb, %(early)s * interval '1 second'
)::text AS answer
