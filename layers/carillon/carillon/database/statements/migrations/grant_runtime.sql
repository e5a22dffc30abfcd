-- Runs last in the transaction of a migration: functions read and write rows, and change nothing of the schema. Where the
-- role carillon is missing whoever migrates is the one who runs, as in development.
DO $$
DECLARE
    name text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'carillon') OR current_user = 'carillon' THEN
        RETURN;
    END IF;
    FOR name IN
        SELECT oid::regclass FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relowner = current_user::regrole
          AND relname LIKE 'notification%' AND relname <> 'notification_migrations'
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO carillon', name);
    END LOOP;
    GRANT SELECT ON notification_migrations TO carillon;
END
$$;
