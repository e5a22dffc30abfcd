-- Replace the endpoint of a phone, unless a registration has stored a newer one in the meantime.
UPDATE devices
SET endpoint_arn = %(new_endpoint_arn)s, updated_at = current_moment()
WHERE platform = %(platform)s AND token = %(token)s AND endpoint_arn = %(endpoint_arn)s
RETURNING id
