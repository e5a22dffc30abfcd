-- Name the PostgreSQL schema for prepare_roles.sql, which takes no parameters.
SELECT set_config('carillon.schema', %(schema)s, false);
