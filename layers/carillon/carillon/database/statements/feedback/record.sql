-- Record a batch of provider events: database/schema/functions/70_provider_events.sql.
SELECT record_provider_events(%(events)s, %(limits)s) AS told
