-- Return a row if the database answers and has a schema.
SELECT name FROM migrations ORDER BY name LIMIT 1
