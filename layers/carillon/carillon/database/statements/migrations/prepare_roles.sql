-- Run by the database's administrator, at each deploy that is told its secret; or once, by hand. It changes nothing that
-- is as it should be, and nothing of an application that shares the database.
DO $$
DECLARE
    -- What an earlier release may have made as the administrator.
    tables CONSTANT text[] := ARRAY[
        'notifications', 'notification_preferences', 'notification_recipients', 'notification_devices',
        'notification_deliveries', 'notification_delivery_items', 'notification_rate_limits', 'notification_pauses',
        'notification_operator_log', 'notification_suppressions', 'notification_reputations', 'notification_paces',
        'notification_signing_keys', 'notification_migrations'
    ];
    wanted    text;
    thing     text;
    is_member boolean;
BEGIN
    -- Deploys that meet take turns: two that make one role would fail.
    PERFORM pg_advisory_xact_lock(hashtext('carillon.roles'));

    FOREACH wanted IN ARRAY ARRAY['carillon_owner', 'carillon'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', wanted);
        END IF;
        -- On RDS, who has this role signs in by IAM and by nothing else. Elsewhere there is none.
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') THEN
            EXECUTE format('GRANT rds_iam TO %I', wanted);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), wanted);
    END LOOP;
    GRANT USAGE, CREATE ON SCHEMA public TO carillon_owner;
    GRANT USAGE ON SCHEMA public TO carillon;

    -- A fifth of the connections is for migrations, for people, and for whoever repairs what took the rest.
    EXECUTE format('ALTER ROLE carillon CONNECTION LIMIT %s', floor(current_setting('max_connections')::integer * 0.8));
    -- A statement that outlives its function would hold its connection and its locks for nobody. The operator's function,
    -- which looks at whole tables, asks for more.
    ALTER ROLE carillon SET statement_timeout = '8s';
    ALTER ROLE carillon SET lock_timeout = '3s';

    -- What this administrator owns of an earlier release is handed over, which takes a membership for the moment.
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
