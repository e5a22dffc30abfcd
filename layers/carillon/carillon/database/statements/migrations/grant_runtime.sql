-- Grant the rights of the functions, at the end of a migration's transaction: they read and write rows and never change
-- the schema. Without the role carillon, as in development, the role that migrates also runs the functions.
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
          AND relname LIKE 'notification%' AND relname <> 'migrations'
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO carillon', name);
    END LOOP;
    GRANT SELECT ON migrations TO carillon;
END
$$;
