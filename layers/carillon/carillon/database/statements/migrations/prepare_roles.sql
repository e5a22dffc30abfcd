-- Create or repair the two roles. The database's administrator runs it at each deploy that has the administrator's
-- secret, or once by hand. It changes nothing that is already right, and nothing of an application in the same
-- database.
DO $$
DECLARE
    -- The tables that the administrator may own since an earlier release.
    tables CONSTANT text[] := ARRAY[
        'notifications', 'preferences', 'recipients', 'devices',
        'deliveries', 'delivery_items', 'rate_limits', 'pauses',
        'operator_log', 'suppressions', 'reputations', 'send_rates',
        'signing_keys', 'migrations'
    ];
    wanted    text;
    thing     text;
    is_member boolean;
BEGIN
    -- Deploys at the same time wait for each other: creating the same role twice would fail.
    PERFORM pg_advisory_xact_lock(hashtext('carillon.roles'));

    FOREACH wanted IN ARRAY ARRAY['carillon_owner', 'carillon'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', wanted);
        END IF;
        -- On RDS, a member of rds_iam signs in with IAM only. Other servers do not have this role.
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') THEN
            EXECUTE format('GRANT rds_iam TO %I', wanted);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), wanted);
    END LOOP;
    GRANT USAGE, CREATE ON SCHEMA public TO carillon_owner;
    GRANT USAGE ON SCHEMA public TO carillon;

    -- The other fifth of the connections is for migrations and for operators, also when the functions use up their
    -- share.
    EXECUTE format('ALTER ROLE carillon CONNECTION LIMIT %s', floor(current_setting('max_connections')::integer * 0.8));
    -- A statement that outlives its function would keep its connection and its locks without any use. The operator's
    -- function queries whole tables, so it sets a longer limit for its session.
    ALTER ROLE carillon SET statement_timeout = '8s';
    ALTER ROLE carillon SET lock_timeout = '3s';

    -- Hand over what this administrator owns since an earlier release. This needs a membership for the moment.
    is_member := pg_has_role(current_user, 'carillon_owner', 'USAGE');
    IF NOT is_member THEN
        EXECUTE format('GRANT carillon_owner TO %I', current_user);
    END IF;
    FOR thing IN
        SELECT format('TABLE %s', oid::regclass) FROM pg_class
        WHERE relname = ANY (tables) AND relnamespace = 'public'::regnamespace AND relowner = current_user::regrole
        UNION ALL
        SELECT format('FUNCTION %s', oid::regprocedure) FROM pg_proc
        WHERE proname LIKE 'notification\_%' AND pronamespace = 'public'::regnamespace
          AND proowner = current_user::regrole
    LOOP
        EXECUTE format('ALTER %s OWNER TO carillon_owner', thing);
    END LOOP;
    IF NOT is_member THEN
        EXECUTE format('REVOKE carillon_owner FROM %I', current_user);
    END IF;
END
$$;
