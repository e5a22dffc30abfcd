-- Return whether a worker may be sending a push to a person now: database/schema/functions/52_devices.sql.
SELECT pushing(%(user_id)s) AS pushing
