-- Return the enabled device of a phone with this endpoint, for any owner.
SELECT id
FROM devices
WHERE platform = %(platform)s AND token = %(token)s AND endpoint_arn = %(endpoint_arn)s AND enabled
