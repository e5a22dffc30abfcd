-- Grant the rights of the functions, at the end of a migration's transaction. No function changes the schema. Without
-- the role carillon, as in development, the role that migrates also runs the functions.
--
-- carillon reads and writes all rows. The roles of the API have only what their statements need, because strangers can
-- reach those functions. SQL functions run with the rights of their caller, so the rights of tables decide.
DO $$
DECLARE
    name text;
    given record;
BEGIN
    EXECUTE format(
        'ALTER ROLE CURRENT_USER IN DATABASE %I SET search_path = %I', current_database(), current_schema()
    );
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'carillon') OR current_user = 'carillon' THEN
        RETURN;
    END IF;
    IF (SELECT count(*) < 2 FROM pg_roles WHERE rolname IN ('carillon_api', 'carillon_read')) THEN
        RAISE EXCEPTION 'The roles carillon_api and carillon_read are missing. Sign in to the database as its'
            ' administrator, run layers/carillon/carillon/database/statements/migrations/prepare_roles.sql, and deploy'
            ' again (docs/deploy.md#roles).';
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO carillon, carillon_api, carillon_read', current_schema());
    FOR name IN
        SELECT oid::regclass FROM pg_class
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace AND relname <> 'migrations'
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO carillon', name);
    END LOOP;
    GRANT SELECT ON migrations TO carillon;

    -- Take back first what an earlier release needed. Other sessions see both changes at once.
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM carillon_api, carillon_read', current_schema());
    FOR given IN
        SELECT rights.role, rights.kinds, c.oid::regclass AS name
        FROM (VALUES
            ('carillon_api', 'SELECT, INSERT, UPDATE, DELETE', ARRAY[
                'notifications', 'deliveries', 'delivery_items', 'preferences', 'recipients', 'devices', 'rate_limits'
            ]),
            ('carillon_api', 'SELECT', ARRAY['suppressions', 'signing_keys']),
            ('carillon_api', 'SELECT, INSERT', ARRAY['erasures']),
            ('carillon_api', 'INSERT', ARRAY['operator_log']),
            ('carillon_read', 'SELECT', ARRAY[
                'notifications', 'deliveries', 'delivery_items', 'pauses', 'send_rates', 'migrations'
            ]),
            ('carillon_read', 'UPDATE (read_at, archived_at, updated_at)', ARRAY['notifications'])
        ) AS rights (role, kinds, tables)
        JOIN pg_class AS c
            ON c.relname = ANY (rights.tables) AND c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
    LOOP
        EXECUTE format('GRANT %s ON %s TO %I', given.kinds, given.name, given.role);
    END LOOP;
END
$$;
