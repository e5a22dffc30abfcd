SELECT id, platform, enabled, created_at
FROM devices
WHERE user_id = %(user_id)s
ORDER BY created_at, id
