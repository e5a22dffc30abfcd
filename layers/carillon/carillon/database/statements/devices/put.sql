-- Register a phone for a person: database/schema/functions/52_devices.sql.
SELECT * FROM put_device(%(id)s, %(user_id)s, %(platform)s, %(token)s, %(endpoint_arn)s)
