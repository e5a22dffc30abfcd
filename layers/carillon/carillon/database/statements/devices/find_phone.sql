-- Whose a phone is, and where it is pushed to.
SELECT id, user_id, platform, token, endpoint_arn
FROM notification_devices
WHERE platform = %(platform)s AND token = %(token)s
