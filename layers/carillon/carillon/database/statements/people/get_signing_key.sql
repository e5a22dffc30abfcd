SELECT secret FROM signing_keys WHERE id = %(id)s
