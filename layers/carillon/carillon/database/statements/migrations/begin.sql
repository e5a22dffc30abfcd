-- Begin a migration, inside its transaction. Deploys of a stack at the same time wait for each other here. The second
-- one then finds nothing to apply. Stacks in other schemas of the database do not wait.
SET LOCAL lock_timeout = '60s';
SELECT pg_advisory_xact_lock(hashtext('carillon.migrations.' || current_setting('search_path')));
-- While a migration waits for a busy table, all later statements on that table wait behind it. So it fails fast, and
-- the deploy fails.
SET LOCAL lock_timeout = '10s';
-- Shorter than the timeout of functions/migrate, so that the function can still report the reason.
SET LOCAL statement_timeout = '200s';
DO $$
BEGIN
    IF to_regclass('public.notification_migrations') IS NOT NULL THEN
        RAISE EXCEPTION 'This database was made before Carillon had a PostgreSQL schema of its own, and cannot be'
            ' migrated. Delete it and deploy again. `make clean` deletes a local one.';
    END IF;
    IF to_regnamespace(current_setting('search_path')) IS NULL THEN
        EXECUTE format('CREATE SCHEMA %I', current_setting('search_path'));
    END IF;
END
$$;
CREATE TABLE IF NOT EXISTS migrations (
    name       text PRIMARY KEY,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
