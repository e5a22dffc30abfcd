-- Return all devices of a person, with the fields that SNS needs.
SELECT id, user_id, platform, token, endpoint_arn
FROM devices
WHERE user_id = %(user_id)s
ORDER BY id
