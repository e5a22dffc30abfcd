-- Return the version of the server, the applied migrations, and the connections: those that the server has, and those
-- that its roles may take. Return also the roles of this installation, which have the name of its schema. Every role may
-- read this. The shares are those that prepare_roles.sql sets; a test compares them.
SELECT
    current_setting('server_version') AS version,
    (SELECT coalesce(jsonb_agg(name), '[]') FROM migrations) AS migrations,
    current_setting('max_connections')::integer AS max_connections,
    -- Of all roles of the server: installations in other schemas and databases have theirs.
    (SELECT coalesce(sum(rolconnlimit), 0) FROM pg_roles WHERE rolcanlogin AND rolconnlimit > 0)
        AS connection_limits,
    jsonb_agg(jsonb_build_object(
        'name', wanted.name,
        'exists', role.oid IS NOT NULL,
        -- On RDS, only a member of rds_iam signs in with IAM. Other servers do not have this role.
        'signs_in', coalesce(role.rolcanlogin AND (iam.oid IS NULL OR pg_has_role(role.oid, iam.oid, 'MEMBER')), false),
        'privileged', coalesce(
            role.rolsuper OR role.rolcreaterole OR role.rolcreatedb OR role.rolbypassrls OR role.rolreplication, false
        ),
        'connection_limit', nullif(role.rolconnlimit, -1),
        'share', current_setting('max_connections')::integer * wanted.percent / 100
    ) ORDER BY wanted.position) AS roles
FROM (
    SELECT position, current_schema() || ending AS name, percent
    FROM (VALUES (1, '_owner', NULL), (2, '', 15), (3, '_api', 20), (4, '_read', 45)) AS each (position, ending, percent)
) AS wanted
LEFT JOIN pg_roles AS role ON role.rolname = wanted.name
LEFT JOIN pg_roles AS iam ON iam.rolname = 'rds_iam'
