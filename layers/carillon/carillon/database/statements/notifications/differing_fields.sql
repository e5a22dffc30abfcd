-- Say in which fields stored notifications differ from a request: database/schema/functions/34_self_recorded.sql.
SELECT id, fields FROM differing_fields(%(ids)s::uuid[], %(content)s::jsonb)
