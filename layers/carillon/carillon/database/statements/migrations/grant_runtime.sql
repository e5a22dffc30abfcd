-- Grant the rights of the functions, at the end of a migration's transaction: they read and write rows and never change
-- the schema. Without the role carillon, as in development, the role that migrates also runs the functions.
DO $$
DECLARE
    name text;
BEGIN
    EXECUTE format(
        'ALTER ROLE CURRENT_USER IN DATABASE %I SET search_path = %I', current_database(), current_schema()
    );
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'carillon') OR current_user = 'carillon' THEN
        RETURN;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO carillon', current_schema());
    FOR name IN
        SELECT oid::regclass FROM pg_class
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname <> 'migrations'
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO carillon', name);
    END LOOP;
    GRANT SELECT ON migrations TO carillon;
END
$$;
