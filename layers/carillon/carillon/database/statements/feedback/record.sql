-- What providers told, a batch at a time. See functions/70_provider_events.sql.
SELECT notification_record_provider_events(%(events)s, %(limits)s) AS told
