-- Record a notification for one or many people, in one round trip: database/schema/functions/30_create.sql.
SELECT create_notifications(
    %(content)s::jsonb, %(ids)s::uuid[], %(user_ids)s::text[], %(keys)s::text[], %(keys_derived)s::boolean,
    %(creator)s::text, %(content_hash)s::text, %(settings)s::jsonb, %(dispatch_ahead)s * interval '1 second'
)::text AS answer
