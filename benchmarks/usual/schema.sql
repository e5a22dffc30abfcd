-- The tables of a notification service as most applications write it: preferences, notifications, a counter for each
-- person, channel and minute, and a queue in a table. It has its own schema, so it cannot meet the product's tables.
DROP SCHEMA IF EXISTS usual CASCADE;
CREATE SCHEMA usual;

CREATE TABLE usual.preferences (
    user_id text PRIMARY KEY,
    in_app_enabled boolean NOT NULL DEFAULT true,
    email_enabled boolean NOT NULL DEFAULT true,
    push_enabled boolean NOT NULL DEFAULT true,
    updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE usual.notifications (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id text NOT NULL,
    event_name text NOT NULL,
    title text NOT NULL,
    body text,
    severity text NOT NULL,
    target_url text,
    data jsonb,
    idempotency_key text NOT NULL,
    read_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, idempotency_key)
);
CREATE INDEX ON usual.notifications (user_id, created_at DESC);
CREATE INDEX ON usual.notifications (user_id) WHERE read_at IS NULL;

CREATE TABLE usual.rate_limits (
    user_id text NOT NULL,
    channel text NOT NULL,
    window_start timestamptz NOT NULL,
    count integer NOT NULL DEFAULT 1,
    PRIMARY KEY (user_id, channel, window_start)
);

CREATE TABLE usual.queue (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    notification_id uuid NOT NULL REFERENCES usual.notifications,
    channel text NOT NULL,
    status text NOT NULL DEFAULT 'pending',
    attempts integer NOT NULL DEFAULT 0,
    run_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON usual.queue (run_at) WHERE status = 'pending';
