SELECT name, checksum
FROM notification_migrations
ORDER BY name;
