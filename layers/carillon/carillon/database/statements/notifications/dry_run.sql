-- Return what notifications/create.sql would return, and keep nothing: database/schema/functions/31_dry_run.sql.
SELECT dry_run(
    %(content)s::jsonb, %(ids)s::uuid[], %(user_ids)s::text[], %(keys)s::text[], %(keys_derived)s::boolean,
    %(creator)s::text, %(content_hash)s::text, %(settings)s::jsonb, %(dispatch_ahead)s * interval '1 second'
)::text AS answer
