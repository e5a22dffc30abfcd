-- The schema is there, and the database answers.
SELECT name FROM notification_migrations ORDER BY name LIMIT 1
