-- The CHECK of a severity asks notification_urgency, so that one function lists the severities: functions/20_routing.sql.
-- A new severity then needs no migration.

-- The CHECK needs the function before the files in functions/ run, in an empty database. They replace it with the
-- current list.
CREATE OR REPLACE FUNCTION notification_urgency(severity text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_position(ARRAY['info', 'success', 'warning', 'critical'], severity)
$$;

-- NOT VALID, because the CHECK before has checked each row: the table need not be read.
ALTER TABLE notifications
    DROP CONSTRAINT notifications_severity_check,
    ADD CONSTRAINT notifications_severity_check CHECK (notification_urgency(severity) IS NOT NULL) NOT VALID;
