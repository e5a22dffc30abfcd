-- Unless somebody registered the phone meanwhile, and with it a newer endpoint.
UPDATE notification_devices
SET endpoint_arn = %(new_endpoint_arn)s, updated_at = notification_now()
WHERE platform = %(platform)s AND token = %(token)s AND endpoint_arn = %(endpoint_arn)s
RETURNING id
