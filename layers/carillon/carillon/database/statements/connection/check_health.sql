-- Return a row if the database answers and has a schema.
SELECT name FROM notification_migrations ORDER BY name LIMIT 1
