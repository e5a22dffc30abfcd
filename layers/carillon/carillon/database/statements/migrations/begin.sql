-- Runs first in the transaction of a migration. Deploys that meet wait for each other here, then find the work done.
SET LOCAL lock_timeout = '60s';
SELECT pg_advisory_xact_lock(hashtext('carillon.migrations'));
-- A migration that waits for a busy table makes everyone queue behind it: it gives up instead, and the deploy fails.
SET LOCAL lock_timeout = '10s';
-- Less than the time of functions/migrate, so that it is there to tell why.
SET LOCAL statement_timeout = '200s';
CREATE TABLE IF NOT EXISTS notification_migrations (
    name       text PRIMARY KEY,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
