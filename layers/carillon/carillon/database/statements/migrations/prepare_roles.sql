-- Create or repair the roles. The database's administrator runs it at each deploy that has the administrator's secret,
-- or once by hand. It changes nothing that is already right, and nothing of an application in the same database. The
-- setting carillon.schema names the PostgreSQL schema; without it the name is carillon. The roles have the name of the
-- schema, alone or with an ending, so installations in different schemas share no role.

-- Roles belong to the whole server. One of these names may be that of an application, or of an installation in another
-- database, whose rows our functions could then read. A role is ours if it has our search path in this database, or
-- rights in our schema: a copied database keeps only those.
CREATE OR REPLACE FUNCTION pg_temp.refuse_taken_names(schema text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    remedy constant text := ' Choose another DatabaseSchema (docs/deploy.md#several-stacks-on-one-database).';
    taken record;
BEGIN
    FOR taken IN
        SELECT nspowner::regrole AS owner FROM pg_namespace
        WHERE nspname = schema AND pg_get_userbyid(nspowner) <> schema || '_owner'
    LOOP
        RAISE EXCEPTION 'The schema % exists and belongs to the role %.%', schema, taken.owner, remedy;
    END LOOP;
    FOR taken IN
        SELECT
            r.rolname AS name,
            min(s.database) FILTER (WHERE s.database <> current_database()) AS elsewhere,
            bool_or(s.database = current_database()) IS TRUE OR EXISTS (
                SELECT FROM pg_namespace AS n
                WHERE n.nspname = schema
                  AND (n.nspowner = r.oid OR r.oid IN (SELECT grantee FROM aclexplode(n.nspacl)))
            ) AS is_ours
        FROM pg_roles AS r
        LEFT JOIN (
            SELECT each.setrole, d.datname::text AS database
            FROM pg_db_role_setting AS each
            JOIN pg_database AS d ON d.oid = each.setdatabase
            WHERE each.setconfig @> ARRAY['search_path=' || quote_ident(schema)]
        ) AS s ON s.setrole = r.oid
        WHERE r.rolname IN (schema, schema || '_api', schema || '_read', schema || '_owner')
        GROUP BY r.oid, r.rolname
    LOOP
        IF taken.elsewhere IS NOT NULL THEN
            RAISE EXCEPTION 'The role % is that of an installation in the database %.%',
                taken.name, taken.elsewhere, remedy;
        ELSIF NOT taken.is_ours THEN
            RAISE EXCEPTION 'The role % exists, and is none of Carillon''s in this database. Drop it if nothing uses'
                ' it.%', taken.name, remedy;
        END IF;
    END LOOP;
END
$$;

DO $$
DECLARE
    schema constant text := coalesce(nullif(current_setting('carillon.schema', true), ''), 'carillon');
    -- A member of rds_iam, by any path, signs in by IAM only. PostgreSQL 16 makes the creator of a role a member of it.
    signs_in_by_iam constant boolean := coalesce(pg_has_role(to_regrole('rds_iam'), 'MEMBER'), false);
    is_upgrade boolean;
    wanted record;
BEGIN
    -- Deploys at the same time wait for each other: creating the same role twice would fail.
    PERFORM pg_advisory_xact_lock(hashtext('carillon.roles'));
    PERFORM pg_temp.refuse_taken_names(schema);
    -- All functions of an earlier release sign in as carillon, until the first deploy with more roles ends. So its limit
    -- stays as it is, and the next deploy lowers it.
    is_upgrade := EXISTS (
        SELECT FROM pg_namespace AS n
        WHERE n.nspname = schema AND NOT EXISTS (
            SELECT FROM pg_roles AS r
            WHERE r.rolname = schema || '_read' AND has_schema_privilege(r.oid, n.oid, 'USAGE')
        )
    );

    FOR wanted IN
        SELECT * FROM (VALUES
            -- percent: of max_connections. The other fifth is for migrations, and for people with other roles.
            -- The server ends a statement half a second before its function stops waiting (answer_timeout_seconds):
            -- without its caller, it would keep its connection and locks for nothing. The longest of the API record for
            -- 1,000 people or erase a person. The operator's function sets a longer limit for its session.
            (schema || '_owner', NULL, NULL, NULL),
            (schema, 15, '8s', '3s'),
            (schema || '_api', 20, '5s', '3s'),
            (schema || '_read', 45, '3s', '2s')
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
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = %I', wanted.name, current_database(), schema);
        CONTINUE WHEN wanted.percent IS NULL;
        EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', wanted.name, wanted.statement_timeout);
        EXECUTE format('ALTER ROLE %I SET lock_timeout = %L', wanted.name, wanted.lock_timeout);
        CONTINUE WHEN is_upgrade AND wanted.name = schema;
        EXECUTE format(
            'ALTER ROLE %I CONNECTION LIMIT %s', wanted.name,
            current_setting('max_connections')::integer * wanted.percent / 100
        );
    END LOOP;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO %I', current_database(), schema || '_owner');  -- the schema
    IF NOT signs_in_by_iam AND pg_has_role(to_regrole('rds_iam'), 'MEMBER') THEN
        RAISE 'as a member of rds_iam, % could no longer sign in with its password; nothing was changed', current_user
            USING HINT = 'Revoke ' || schema || '_owner and the roles of functions from it, or run this file as another role.';
    END IF;
END
$$;
