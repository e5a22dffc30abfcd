SELECT id, platform, enabled, created_at
FROM notification_devices
WHERE user_id = %(user_id)s
ORDER BY created_at, id
