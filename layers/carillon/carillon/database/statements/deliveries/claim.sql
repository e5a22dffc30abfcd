-- Claim a batch of deliveries: database/schema/functions/40_claim.sql. The arrays travel in binary: psycopg needs a
-- fifth of the time for each of their values.
SELECT claim(
    %(ids)b::uuid[], %(sent_at)b::timestamptz[], %(settings)s::jsonb, %(early)s * interval '1 second'
)::text AS answer
