-- The tables. Types and CHECK constraints hold every vocabulary: the database accepts what the documentation says.
--
-- A table that create writes to has one CHECK constraint, and varchar(n) for a greatest length. PostgreSQL prepares each
-- constraint for each statement, which costs more than the check itself.
--
-- Ids of people have the collation "C", whatever the database's is: comparing them is cheap, and Python sorts them in the
-- same order. The lock order needs that.

CREATE TABLE notifications (
    id uuid PRIMARY KEY,  -- UUIDv7, created once per request: a repeat after a lost answer finds its own row
    user_id varchar(128) COLLATE "C" NOT NULL,
    created_by text NOT NULL,  -- 'user:<sub>' or 'producer:<client>': the two never share a key
    event_name varchar(100) NOT NULL,
    title varchar(200) NOT NULL,
    body varchar(4000),
    summary varchar(200),
    target_url text,
    severity severity NOT NULL,
    data jsonb,
    idempotency_key varchar(255),
    request_hash text NOT NULL,
    batch_key varchar(255),
    in_app boolean NOT NULL,
    routing jsonb NOT NULL,  -- by channel: stored_routing() in 30_create.sql
    send_at timestamptz,
    expires_at timestamptz,
    read_at timestamptz,  -- the only read state
    archived_at timestamptz,  -- the only removal that a user can make
    retracted_at timestamptz,
    kept boolean NOT NULL DEFAULT false,  -- past its retention, and of a category kept for audit
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT notifications_not_empty CHECK (user_id <> '' AND title <> '' AND idempotency_key <> '' AND batch_key <> '')
);

CREATE UNIQUE INDEX notifications_idempotency_key
    ON notifications (user_id, created_by, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX notifications_feed ON notifications (user_id, id DESC) WHERE in_app AND archived_at IS NULL;
-- A scheduled notification is neither shown nor counted before its time: `send_at` is read from the index alone.
CREATE INDEX notifications_unread ON notifications (user_id, id DESC) INCLUDE (send_at)
    WHERE in_app AND archived_at IS NULL AND read_at IS NULL;
CREATE INDEX notifications_archive ON notifications (user_id, id DESC) WHERE in_app AND archived_at IS NOT NULL;
-- With the indexes of the feed and of the archive, it finds all notifications of a person.
CREATE INDEX notifications_hidden ON notifications (user_id) WHERE NOT in_app;

-- Pruning is complete up to this id: it never reads again what it kept for audit.
CREATE TABLE pruned (
    id integer PRIMARY KEY CHECK (id = 1),  -- one row
    up_to uuid NOT NULL
);
INSERT INTO pruned (id, up_to) VALUES (1, '00000000-0000-0000-0000-000000000000');

-- A missing row, a NULL and a missing channel mean the stack's default.
CREATE TABLE preferences (
    user_id text COLLATE "C" PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 128),
    in_app_enabled boolean,
    channels jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(channels) = 'object'),  -- the switch of each channel
    digest_minutes integer CHECK (digest_minutes BETWEEN 0 AND 1440),
    rules jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(rules) = 'object'),  -- by category, then by channel
    quiet_from time,  -- on the person's clock
    quiet_to time,
    updated_at timestamptz NOT NULL,
    CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
    CHECK (quiet_from <> quiet_to),
    -- Full minutes below 24:00: there is always a minute at which quiet hours end.
    CHECK (extract(second FROM quiet_from) + extract(second FROM quiet_to) = 0),
    CHECK (greatest(quiet_from, quiet_to) < '24:00')
);

CREATE TABLE recipients (
    user_id text COLLATE "C" PRIMARY KEY CHECK (length(user_id) BETWEEN 1 AND 128),
    email text CHECK (length(email) <= 254),
    locale text,
    timezone text,
    updated_at timestamptz NOT NULL
);

CREATE TABLE devices (
    id uuid PRIMARY KEY,
    user_id text COLLATE "C" NOT NULL CHECK (length(user_id) BETWEEN 1 AND 128),
    platform text NOT NULL CHECK (platform IN ('apns', 'fcm')),
    token text NOT NULL,
    endpoint_arn text NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),  -- a device that does not register for long is deleted
    UNIQUE (platform, token)  -- a phone that changes its owner keeps its row
);

CREATE INDEX devices_user ON devices (user_id);
CREATE INDEX devices_seen ON devices (seen_at);

-- One message to the outside (one email, one push) about one or more notifications.
--
-- A claim changes no column that an index names. So PostgreSQL updates the row within its page (HOT) and writes to no
-- index. So no index names `status`: an index WHERE status = 'failed' would name it, and `failed_at` exists instead.
CREATE TABLE deliveries (
    id uuid PRIMARY KEY,
    user_id text COLLATE "C" NOT NULL,
    channel channel NOT NULL,
    digest_key text,  -- the digest's group; NULL: a single notification
    open_digest_key text,  -- equal to digest_key while the digest is open
    status delivery_status NOT NULL DEFAULT 'pending',
    attempts integer NOT NULL DEFAULT 0,  -- a throttle gives one back, a replay starts at 1 again
    max_attempts integer NOT NULL DEFAULT 5,
    claim_no integer NOT NULL DEFAULT 0,  -- the fencing token: it only grows
    available_at timestamptz NOT NULL,
    first_available_at timestamptz NOT NULL DEFAULT now(),
    dispatched_at timestamptz,
    locked_at timestamptz,
    finished_at timestamptz,
    provider_message_ids text[] NOT NULL DEFAULT '{}',
    -- The provider's events, by kind and message id: the result is the same in every order, and a repeat changes nothing.
    provider_events jsonb NOT NULL DEFAULT '{}',
    provider_status provider_status,  -- the worst event
    error_code text,
    last_error text,
    permanent boolean NOT NULL DEFAULT false,  -- failed for good: its messages never reach the dead-letter queue
    history jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL,
    failed_at timestamptz GENERATED ALWAYS AS (CASE WHEN status = 'failed' THEN finished_at END) STORED,
    CONSTRAINT deliveries_state CHECK (
        CASE status
            WHEN 'pending' THEN locked_at IS NULL AND finished_at IS NULL
            WHEN 'sending' THEN locked_at IS NOT NULL AND finished_at IS NULL
            ELSE locked_at IS NULL AND finished_at IS NOT NULL END
        AND attempts BETWEEN 0 AND max_attempts
        AND (NOT permanent OR status = 'failed')
        AND (open_digest_key IS NULL OR (status = 'pending' AND open_digest_key IS NOT DISTINCT FROM digest_key))
    )
) WITH (
    -- A queue: rows change a few times within seconds and then rest. The free space lets them change within their page.
    fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02
);

-- Makes a second open digest impossible, whatever runs at once.
CREATE UNIQUE INDEX deliveries_open_digest
    ON deliveries (user_id, channel, open_digest_key) WHERE open_digest_key IS NOT NULL;
-- The unfinished deliveries.
CREATE INDEX deliveries_due ON deliveries (available_at) WHERE finished_at IS NULL;
-- The outbox. Without it the reaper would read a whole backlog to find the few that were never dispatched.
CREATE INDEX deliveries_undispatched ON deliveries (available_at) WHERE finished_at IS NULL AND dispatched_at IS NULL;
CREATE INDEX deliveries_failed ON deliveries (failed_at) WHERE failed_at IS NOT NULL;
-- How many were sent within the last hour. Rows finish in about the order of their pages.
CREATE INDEX deliveries_finished
    ON deliveries USING brin (finished_at) WITH (autosummarize = on, pages_per_range = 8)
    WHERE finished_at IS NOT NULL;  -- without it, the planner may use this index to find the unfinished ones
-- Counts what opens for a person in a minute: no counter of its own that could disagree.
CREATE INDEX deliveries_opened ON deliveries (user_id, channel, first_available_at);
-- A push's events carry only the message id. It is stored once a push is sent; email's events carry the delivery's.
CREATE INDEX deliveries_push_messages
    ON deliveries USING gin (provider_message_ids) WHERE channel = 'push' AND provider_message_ids <> '{}';

-- Which notification is in which delivery: one row for each notification and channel, indexed both ways.
CREATE TABLE delivery_items (
    notification_id uuid NOT NULL REFERENCES notifications ON DELETE CASCADE,
    channel channel NOT NULL,
    delivery_id uuid NOT NULL REFERENCES deliveries ON DELETE CASCADE,
    left_out text,  -- why the item was not in what was sent
    left_out_claim integer,  -- since which claim: an earlier message that the provider accepted had the item
    PRIMARY KEY (notification_id, channel)
);

CREATE INDEX delivery_items_delivery ON delivery_items (delivery_id);

-- One row for each person. Only the transaction that holds the row may open deliveries for the person.
CREATE TABLE rate_limits (
    user_id text COLLATE "C" PRIMARY KEY,
    used_at timestamptz NOT NULL  -- to the hour
);
CREATE INDEX rate_limits_used ON rate_limits (used_at);
