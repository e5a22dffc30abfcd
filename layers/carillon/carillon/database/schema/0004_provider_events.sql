-- What comes back: provider events, suppressed addresses, senders' reputations, signed links, devices that fell silent.

ALTER TABLE notification_deliveries
    -- What the provider told, by kind and message id: merging is the same in every order, and twice is once.
    ADD COLUMN provider_events jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(provider_events) = 'object'),
    -- The worst of it.
    ADD CHECK (provider_status IN (
        'accepted', 'delayed', 'delivered', 'soft_bounced', 'rejected', 'bounced', 'complained', 'undelivered'
    ));

-- A push's events carry only the message id. It is stored once a push is sent; email's events carry the delivery's.
CREATE INDEX notification_deliveries_push_messages
    ON notification_deliveries USING gin (provider_message_ids) WHERE channel = 'push' AND status = 'sent';

-- From which claim on the item was left out: what the provider accepted before held it.
ALTER TABLE notification_delivery_items ADD COLUMN left_out_claim integer;

-- Addresses that no email goes to, whoever has them: what is said of an address holds for it alone, and for as long as
-- it exists. Looked up when a notification is routed and again when it leaves; by a hash, because it outlives the person.
CREATE TABLE notification_suppressions (
    address_hash text PRIMARY KEY CHECK (length(address_hash) = 64),
    reason text NOT NULL CHECK (reason IN ('bounced', 'complained')),
    created_at timestamptz NOT NULL
);
ALTER TABLE notification_recipients DROP COLUMN email_status;

-- What became of each creator's email, by the hour. One upsert with the event that tells it.
CREATE TABLE notification_reputations (
    creator text NOT NULL,  -- notifications.created_by
    hour timestamptz NOT NULL,
    accepted integer NOT NULL DEFAULT 0,
    bounced integer NOT NULL DEFAULT 0,
    complained integer NOT NULL DEFAULT 0,
    PRIMARY KEY (creator, hour)
);
CREATE INDEX notification_reputations_hour ON notification_reputations (hour);

-- A pause may be for the notifications of one creator alone.
ALTER TABLE notification_pauses
    ADD COLUMN creator text,
    ADD CHECK (creator IS NULL OR NOT automatic);
DROP INDEX notification_pauses_manual;
CREATE UNIQUE INDEX notification_pauses_manual
    ON notification_pauses (channel, event, creator, spare_critical) NULLS NOT DISTINCT WHERE NOT automatic;

-- How many a second a channel's provider takes, learned from its answers. There is a row while more is due than that.
CREATE TABLE notification_paces (
    channel text PRIMARY KEY CHECK (channel IN ('email', 'push')),
    per_second double precision NOT NULL CHECK (per_second > 0),
    tokens double precision NOT NULL,  -- how many may leave at once, at filled_at
    filled_at timestamptz NOT NULL,
    waiting integer NOT NULL,  -- how many wait their turn, as far as claims have seen
    busy_at timestamptz NOT NULL,  -- when something last had to
    look_again interval NOT NULL  -- how long it waits at most, on average
);

-- What links in email are signed with: the newest signs, each proves what it signed.
CREATE TABLE notification_signing_keys (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    secret bytea NOT NULL CHECK (length(secret) >= 32),
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO notification_signing_keys (secret)
VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

-- A device that did not register for long is forgotten; one that a provider cannot reach is found by its endpoint.
ALTER TABLE notification_devices ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX notification_devices_seen ON notification_devices (seen_at);
CREATE INDEX notification_devices_endpoint ON notification_devices (endpoint_arn);

-- Replaced by a function of other parameters.
DROP FUNCTION IF EXISTS notification_off_reason(text, boolean, boolean, text);
