-- Use the PostgreSQL schema of Carillon in this session.
SELECT set_config('search_path', %(schema)s, false);
