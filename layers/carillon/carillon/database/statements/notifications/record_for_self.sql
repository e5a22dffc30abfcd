-- Record a notification of a person for themselves, in one round trip:
-- database/schema/functions/34_self_recorded.sql.
SELECT record_for_self(
    %(content)s::jsonb, (%(ids)s::uuid[])[1], (%(user_ids)s::text[])[1], (%(keys)s::text[])[1],
    %(keys_derived)s::boolean, %(creator)s::text, %(content_hash)s::text, %(settings)s::jsonb,
    %(dispatch_ahead)s * interval '1 second', %(per_minute)s::integer
)::text AS answer
