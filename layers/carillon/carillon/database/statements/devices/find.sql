-- Return one device of a person, with the fields that SNS needs.
SELECT id, user_id, platform, token, endpoint_arn, enabled
FROM devices
WHERE id = %(id)s AND user_id = %(user_id)s
