-- Grant the rights of the functions, at the end of a migration's transaction. No function changes the schema. Without
-- the role with the name of the schema, as in development, the role that migrates also runs the functions.
--
-- That role reads and writes all rows. The roles of the API have only what their statements need, because strangers can
-- reach those functions. SQL functions run with the rights of their caller, so the rights of tables decide.
DO $$
DECLARE
    runtime constant text := current_schema();
    api constant text := runtime || '_api';
    read constant text := runtime || '_read';
    name text;
    given record;
BEGIN
    EXECUTE format(
        'ALTER ROLE CURRENT_USER IN DATABASE %I SET search_path = %I', current_database(), current_schema()
    );
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = runtime) OR current_user = runtime THEN
        RETURN;
    END IF;
    IF (SELECT count(*) < 2 FROM pg_roles WHERE rolname IN (api, read)) THEN
        RAISE EXCEPTION 'The roles % and % are missing. Sign in to the database as its'
            ' administrator, run layers/carillon/carillon/database/statements/migrations/prepare_roles.sql, and deploy'
            ' again (docs/deploy.md#roles).', api, read;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I, %I, %I', current_schema(), runtime, api, read);
    FOR name IN
        SELECT oid::regclass FROM pg_class
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname <> 'migrations'
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', name, runtime);
    END LOOP;
    EXECUTE format('GRANT SELECT ON migrations TO %I', runtime);

    -- Take back first what an earlier release needed. Other sessions see both changes at once.
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I, %I', current_schema(), api, read);
    FOR given IN
        SELECT rights.role, rights.kinds, c.oid::regclass AS name
        FROM (VALUES
            (api, 'SELECT, INSERT, UPDATE, DELETE', ARRAY[
                'notifications', 'deliveries', 'delivery_items', 'preferences', 'recipients', 'devices', 'rate_limits'
            ]),
            (api, 'SELECT', ARRAY['suppressions', 'signing_keys']),
            (api, 'SELECT, INSERT', ARRAY['erasures']),
            (api, 'INSERT', ARRAY['operator_log']),
            (read, 'SELECT', ARRAY[
                'notifications', 'deliveries', 'delivery_items', 'pauses', 'send_rates', 'migrations'
            ]),
            (read, 'UPDATE (read_at, archived_at, updated_at)', ARRAY['notifications'])
        ) AS rights (role, kinds, tables)
        JOIN pg_class AS c
            ON c.relname = ANY (rights.tables) AND c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
    LOOP
        EXECUTE format('GRANT %s ON %s TO %I', given.kinds, given.name, given.role);
    END LOOP;
END
$$;
