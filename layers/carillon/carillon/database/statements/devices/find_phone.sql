-- Return the device of a phone, for any owner.
SELECT id, user_id, platform, token, endpoint_arn
FROM devices
WHERE platform = %(platform)s AND token = %(token)s
