-- One of a person's devices, with what SNS must be told about it.
SELECT id, user_id, platform, token, endpoint_arn, enabled
FROM notification_devices
WHERE id = %(id)s AND user_id = %(user_id)s
