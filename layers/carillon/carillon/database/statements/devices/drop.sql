-- Delete a disabled device: database/schema/functions/52_devices.sql.
SELECT drop_device(%(id)s) AS id
