-- Pauses: by whom and why, and those that a channel makes itself while its provider is out.

ALTER TABLE notification_pauses
    ADD COLUMN automatic boolean NOT NULL DEFAULT false,
    -- Automatic ones: how often in a row nothing got through, and how long until somebody tries again.
    ADD COLUMN failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    ADD COLUMN probe_seconds integer NOT NULL DEFAULT 60 CHECK (probe_seconds > 0),
    ADD COLUMN reason text CHECK (length(reason) <= 200),
    ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN created_by text NOT NULL DEFAULT 'carillon',
    ADD CHECK (channel IN ('email', 'push')),
    ADD CHECK (NOT automatic OR (channel IS NOT NULL AND event IS NULL AND NOT spare_critical));

-- One a channel: whoever pushes its end ahead has the probe.
CREATE UNIQUE INDEX notification_pauses_automatic ON notification_pauses (channel) WHERE automatic;
-- An equal pause is not made twice.
CREATE UNIQUE INDEX notification_pauses_manual
    ON notification_pauses (channel, event, spare_critical) NULLS NOT DISTINCT WHERE NOT automatic;

-- Replaced by a function of other parameters.
DROP FUNCTION IF EXISTS notification_finish(jsonb, interval);

-- What an operator asks for first: how much left within the last hour, and how quickly.
CREATE INDEX notification_deliveries_sent ON notification_deliveries (finished_at) WHERE status = 'sent';
