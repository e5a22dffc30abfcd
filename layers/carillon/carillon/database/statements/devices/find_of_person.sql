-- All devices of a person, with what SNS must be told about them.
SELECT id, user_id, platform, token, endpoint_arn
FROM notification_devices
WHERE user_id = %(user_id)s
ORDER BY id
