-- Whether a phone's row names this endpoint and is pushed to, whosever it is by now.
SELECT id
FROM notification_devices
WHERE platform = %(platform)s AND token = %(token)s AND endpoint_arn = %(endpoint_arn)s AND enabled
