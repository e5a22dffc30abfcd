-- Operations: pauses, send rates, suppressions, reputations, signing keys and the operator's log.

CREATE TABLE pauses (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel channel,  -- NULL: every channel
    event text,  -- NULL: every event
    creator text,  -- NULL: every creator
    until timestamptz NOT NULL,
    spare_critical boolean NOT NULL DEFAULT false,
    automatic boolean NOT NULL DEFAULT false,  -- by the circuit breaker of the channel
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),  -- of the circuit breaker: failed probes in a row
    probe_seconds integer NOT NULL DEFAULT 60 CHECK (probe_seconds > 0),
    reason text CHECK (length(reason) <= 200),
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL DEFAULT 'carillon',
    CHECK (NOT automatic OR (channel IS NOT NULL AND event IS NULL AND creator IS NULL AND NOT spare_critical))
);

-- One for each channel. The claim that moves its end has the probe.
CREATE UNIQUE INDEX pauses_automatic ON pauses (channel) WHERE automatic;
-- An equal pause is not stored twice.
CREATE UNIQUE INDEX pauses_manual
    ON pauses (channel, event, creator, spare_critical) NULLS NOT DISTINCT WHERE NOT automatic;

-- The send rate of a channel, learned from its provider's answers. The row exists while more is due than the rate
-- allows.
CREATE TABLE send_rates (
    channel channel PRIMARY KEY,
    per_second double precision NOT NULL CHECK (per_second > 0),
    tokens double precision NOT NULL,  -- of the token bucket, at filled_at
    filled_at timestamptz NOT NULL,
    waiting integer NOT NULL,  -- how many deliveries it defers, as far as claims have seen
    busy_at timestamptz NOT NULL,  -- when it last deferred one
    look_again interval NOT NULL  -- the longest mean wait
);

-- Addresses that get no email, whoever has them. The hash outlives the person.
CREATE TABLE suppressions (
    address_hash text PRIMARY KEY CHECK (length(address_hash) = 64),
    reason text NOT NULL CHECK (reason IN ('bounced', 'complained')),
    created_at timestamptz NOT NULL
);

-- The results of each creator's email, by the hour.
CREATE TABLE reputations (
    creator text NOT NULL,  -- notifications.created_by
    hour timestamptz NOT NULL,
    accepted integer NOT NULL DEFAULT 0,
    bounced integer NOT NULL DEFAULT 0,
    complained integer NOT NULL DEFAULT 0,
    PRIMARY KEY (creator, hour)
);
CREATE INDEX reputations_hour ON reputations (hour);

-- The keys of the links in email. The newest key signs; each key verifies its own signatures.
CREATE TABLE signing_keys (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    secret bytea NOT NULL CHECK (length(secret) >= 32),
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO signing_keys (secret)
VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

CREATE TABLE operator_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    operator text NOT NULL,
    action text NOT NULL,
    arguments jsonb NOT NULL,
    affected integer NOT NULL
);
