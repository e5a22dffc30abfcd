-- Whether a worker may be sending a person's push now: see database/schema/functions/52_devices.sql.
SELECT notification_pushing(%(user_id)s) AS pushing
