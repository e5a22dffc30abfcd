SELECT secret FROM notification_signing_keys WHERE id = %(id)s
