-- Create or repair the two roles. The database's administrator runs it at each deploy that has the administrator's
-- secret, or once by hand. It changes nothing that is already right, and nothing of an application in the same
-- database. The setting carillon.schema names the PostgreSQL schema; without it the name is carillon.
DO $$
DECLARE
    wanted text;
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
        -- A setting of the role and not of the session: RDS Proxy cannot share a session that changes a setting.
        EXECUTE format(
            'ALTER ROLE %I IN DATABASE %I SET search_path = %I', wanted, current_database(),
            coalesce(nullif(current_setting('carillon.schema', true), ''), 'carillon')
        );
    END LOOP;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO carillon_owner', current_database());  -- the schema

    -- The other fifth of the connections is for migrations and for operators, also when the functions use up their
    -- share.
    EXECUTE format('ALTER ROLE carillon CONNECTION LIMIT %s', floor(current_setting('max_connections')::integer * 0.8));
    -- A statement that outlives its function would keep its connection and its locks without any use. The operator's
    -- function queries whole tables, so it sets a longer limit for its session.
    ALTER ROLE carillon SET statement_timeout = '8s';
    ALTER ROLE carillon SET lock_timeout = '3s';
END
$$;
