-- Create or repair the roles. The database's administrator runs it at each deploy that has the administrator's secret,
-- or once by hand. It changes nothing that is already right, and nothing of an application in the same database. The
-- setting carillon.schema names the PostgreSQL schema; without it the name is carillon.
DO $$
DECLARE
    schema constant text := coalesce(nullif(current_setting('carillon.schema', true), ''), 'carillon');
    -- A member of rds_iam, by any path, signs in to RDS by IAM only. PostgreSQL 16 makes the creator of a role a member
    -- of it, which would be such a path.
    signs_in_by_iam constant boolean := coalesce(pg_has_role(to_regrole('rds_iam'), 'MEMBER'), false);
    is_upgrade boolean;
    wanted record;
BEGIN
    -- Deploys at the same time wait for each other: creating the same role twice would fail.
    PERFORM pg_advisory_xact_lock(hashtext('carillon.roles'));
    -- All functions of an earlier release sign in as carillon, until the first deploy with more roles ends. So its limit
    -- stays as it is, and the next deploy lowers it.
    is_upgrade := EXISTS (
        SELECT FROM pg_namespace AS n
        WHERE n.nspname = schema AND NOT EXISTS (
            SELECT FROM pg_roles AS r
            WHERE r.rolname = 'carillon_read' AND has_schema_privilege(r.oid, n.oid, 'USAGE')
        )
    );

    FOR wanted IN
        SELECT * FROM (VALUES
            -- percent: of max_connections. The other fifth is for migrations, and for people with other roles.
            -- A statement that outlives its caller would keep its connection and its locks without any use. So the
            -- server ends each statement half a second before its function stops waiting (answer_timeout_seconds). The
            -- longest of the API record for 1,000 people or erase a person. The operator's function queries whole
            -- tables, so it sets a longer limit for its session.
            ('carillon_owner', NULL, NULL, NULL),
            ('carillon', 15, '8s', '3s'),
            ('carillon_api', 20, '5s', '3s'),
            ('carillon_read', 45, '3s', '2s')
        ) AS roles (name, percent, statement_timeout, lock_timeout)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', wanted.name);
        END IF;
        -- On RDS, a member of rds_iam signs in with IAM only. Other servers do not have this role.
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') THEN
            EXECUTE format('GRANT rds_iam TO %I', wanted.name);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), wanted.name);
        -- A setting of the role and not of the session: RDS Proxy cannot share a session that changes a setting.
        EXECUTE format(
            'ALTER ROLE %I IN DATABASE %I SET search_path = %I', wanted.name, current_database(), schema
        );
        CONTINUE WHEN wanted.percent IS NULL;
        EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', wanted.name, wanted.statement_timeout);
        EXECUTE format('ALTER ROLE %I SET lock_timeout = %L', wanted.name, wanted.lock_timeout);
        CONTINUE WHEN is_upgrade AND wanted.name = 'carillon';
        EXECUTE format(
            'ALTER ROLE %I CONNECTION LIMIT %s', wanted.name,
            current_setting('max_connections')::integer * wanted.percent / 100
        );
    END LOOP;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO carillon_owner', current_database());  -- the schema
    IF NOT signs_in_by_iam AND pg_has_role(to_regrole('rds_iam'), 'MEMBER') THEN
        RAISE 'as a member of rds_iam, % could no longer sign in with its password; nothing was changed', current_user
            USING HINT = 'Revoke carillon_owner and the roles of functions from it, or run this file as another role.';
    END IF;
END
$$;
