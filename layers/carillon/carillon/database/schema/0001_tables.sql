-- The schema. Tables carry the prefix "notification" so that they can live beside an application's own.
-- CHECK constraints hold every vocabulary: what the database accepts is what the documentation says.

CREATE TABLE notifications (
    id uuid PRIMARY KEY,  -- UUIDv7, made once per request: a repeat after a lost reply meets its own row
    user_id text NOT NULL CHECK (length(user_id) BETWEEN 1 AND 128),
    created_by text NOT NULL,  -- 'user:<sub>' or 'producer:<client>': the two never share a key
    event_name text NOT NULL CHECK (length(event_name) <= 100),
    title text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    body text CHECK (length(body) <= 4000),
    summary text CHECK (length(summary) <= 200),
    target_url text,
    severity text NOT NULL CHECK (severity IN ('info', 'success', 'warning', 'critical')),
    data jsonb,
    idempotency_key text CHECK (length(idempotency_key) BETWEEN 1 AND 255),
    request_hash text NOT NULL,
    batch_key text CHECK (length(batch_key) BETWEEN 1 AND 255),
    in_app boolean NOT NULL,
    routing jsonb NOT NULL,
    send_at timestamptz,
    expires_at timestamptz,
    read_at timestamptz,  -- the only read state
    archived_at timestamptz,  -- the only removal that a user can make
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX notifications_idempotency_key
    ON notifications (user_id, created_by, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX notifications_feed ON notifications (user_id, id DESC) WHERE in_app AND archived_at IS NULL;
CREATE INDEX notifications_unread
    ON notifications (user_id, id DESC) WHERE in_app AND archived_at IS NULL AND read_at IS NULL;
CREATE INDEX notifications_archive ON notifications (user_id, id DESC) WHERE in_app AND archived_at IS NOT NULL;

-- NULL means the stack's default, and so does a missing row.
CREATE TABLE notification_preferences (
    user_id text PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 128),
    in_app_enabled boolean,
    email_enabled boolean,
    push_enabled boolean,
    digest_minutes integer CHECK (digest_minutes BETWEEN 0 AND 1440),
    updated_at timestamptz NOT NULL
);

CREATE TABLE notification_recipients (
    user_id text PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 128),
    email text CHECK (length(email) <= 254),
    email_status text NOT NULL DEFAULT 'ok' CHECK (email_status IN ('ok', 'bounced', 'complained')),
    locale text,
    timezone text,
    updated_at timestamptz NOT NULL
);

CREATE TABLE notification_devices (
    id uuid PRIMARY KEY,
    user_id text NOT NULL CHECK (length(user_id) BETWEEN 1 AND 128),
    platform text NOT NULL CHECK (platform IN ('apns', 'fcm')),
    token text NOT NULL,
    endpoint_arn text NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (platform, token)  -- a phone that changes hands takes its row along
);

CREATE INDEX notification_devices_user ON notification_devices (user_id);

-- One message to the outside (one email, one push) about one or more notifications.
CREATE TABLE notification_deliveries (
    id uuid PRIMARY KEY,
    user_id text NOT NULL,
    channel text NOT NULL CHECK (channel IN ('email', 'push')),
    open_digest_key text,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'sending', 'sent', 'failed', 'skipped')),
    attempts integer NOT NULL DEFAULT 0,  -- the budget: a throttle gives one back, a replay starts it again
    max_attempts integer NOT NULL DEFAULT 5 CHECK (max_attempts > 0),
    claim_no integer NOT NULL DEFAULT 0,  -- the fence: it only grows
    available_at timestamptz NOT NULL,
    dispatched_at timestamptz,
    locked_at timestamptz,
    finished_at timestamptz,
    provider_message_ids text[] NOT NULL DEFAULT '{}',
    provider_status text,
    error_code text,
    last_error text,
    permanent boolean NOT NULL DEFAULT false,  -- failed for good: its messages are acknowledged, not dead-lettered
    history jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL,
    CHECK (attempts BETWEEN 0 AND max_attempts),
    CHECK (open_digest_key IS NULL OR status = 'pending'),
    CHECK ((locked_at IS NOT NULL) = (status = 'sending')),
    CHECK ((finished_at IS NOT NULL) = (status IN ('sent', 'failed', 'skipped'))),
    CHECK (status = 'failed' OR NOT permanent)
) WITH (
    -- A queue: rows change a few times within seconds and then rest.
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02
);

-- Makes a second open digest impossible, whatever runs at once.
CREATE UNIQUE INDEX notification_deliveries_open_digest
    ON notification_deliveries (user_id, channel, open_digest_key) WHERE open_digest_key IS NOT NULL;
CREATE INDEX notification_deliveries_due ON notification_deliveries (available_at) WHERE status = 'pending';
-- The outbox proper: without it the reaper would read a whole backlog to find the few never dispatched.
CREATE INDEX notification_deliveries_undispatched
    ON notification_deliveries (available_at) WHERE status = 'pending' AND dispatched_at IS NULL;
CREATE INDEX notification_deliveries_stuck ON notification_deliveries (locked_at) WHERE status = 'sending';
CREATE INDEX notification_deliveries_failed ON notification_deliveries (finished_at) WHERE status = 'failed';
CREATE INDEX notification_deliveries_user ON notification_deliveries (user_id);

-- Which notification left in which delivery: one row per (notification, channel), indexed both ways.
CREATE TABLE notification_delivery_items (
    notification_id uuid NOT NULL REFERENCES notifications ON DELETE CASCADE,
    channel text NOT NULL,
    delivery_id uuid NOT NULL REFERENCES notification_deliveries ON DELETE CASCADE,
    left_out text,  -- why the item was not in what was sent
    PRIMARY KEY (notification_id, channel)
);

CREATE INDEX notification_delivery_items_delivery ON notification_delivery_items (delivery_id);

CREATE TABLE notification_rate_limits (
    user_id text NOT NULL,
    channel text NOT NULL,
    window_start timestamptz NOT NULL,
    opened text[] NOT NULL,  -- what was opened in that minute
    PRIMARY KEY (user_id, channel, window_start)
);

CREATE INDEX notification_rate_limits_window ON notification_rate_limits (window_start);

CREATE TABLE notification_pauses (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel text,  -- NULL: every channel
    event text,  -- NULL: every event
    until timestamptz NOT NULL,
    spare_critical boolean NOT NULL DEFAULT false
);

CREATE TABLE notification_operator_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    operator text NOT NULL,
    action text NOT NULL,
    arguments jsonb NOT NULL,
    affected integer NOT NULL
);
