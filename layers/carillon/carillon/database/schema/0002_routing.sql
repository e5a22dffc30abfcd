-- Digests, rate limits, rules by category, quiet hours, scheduled, expiring and retracted notifications.

ALTER TABLE notification_preferences
    ADD COLUMN rules jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(rules) = 'object'),
    ADD COLUMN quiet_from time,  -- on the person's clock
    ADD COLUMN quiet_to time,
    ADD CHECK ((quiet_from IS NULL) = (quiet_to IS NULL)),
    ADD CHECK (quiet_from <> quiet_to),
    -- Full minutes below 24:00: there is always one at which quiet hours end.
    ADD CHECK (extract(second FROM quiet_from) + extract(second FROM quiet_to) = 0),
    ADD CHECK (greatest(quiet_from, quiet_to) < '24:00');

ALTER TABLE notifications
    ADD COLUMN retracted_at timestamptz,
    ADD COLUMN kept boolean NOT NULL DEFAULT false;  -- past its retention, and of a category kept for audit

-- What is scheduled is neither shown nor counted before its time: read from the index alone.
DROP INDEX notifications_unread;
CREATE INDEX notifications_unread ON notifications (user_id, id DESC) INCLUDE (send_at)
    WHERE in_app AND archived_at IS NULL AND read_at IS NULL;
-- With the feed's and the archive's, all that is a person's.
CREATE INDEX notifications_hidden ON notifications (user_id) WHERE NOT in_app;
-- Pruning never walks again through what it kept.
CREATE INDEX notifications_prunable ON notifications (id) WHERE NOT kept;

ALTER TABLE notification_deliveries
    ADD COLUMN digest_key text,  -- what it collects, or collected: open_digest_key until it is claimed
    -- Past minutes are never counted: what left before this column needs no other value, and no row is written for it.
    ADD COLUMN first_available_at timestamptz NOT NULL DEFAULT '-infinity',
    ADD CHECK (open_digest_key IS NULL OR (digest_key IS NOT NULL AND open_digest_key = digest_key));
UPDATE notification_deliveries SET first_available_at = available_at WHERE status = 'pending';
ALTER TABLE notification_deliveries ALTER COLUMN first_available_at SET DEFAULT now();

-- What leaves in a minute is counted here: no counter of its own that could disagree.
CREATE INDEX notification_deliveries_opened ON notification_deliveries (user_id, channel, first_available_at);
DROP INDEX notification_deliveries_user;

-- One row a person and channel. Whoever opens a delivery holds it, so that looking, counting and opening are one step.
DROP TABLE notification_rate_limits;
CREATE TABLE notification_rate_limits (
    user_id text NOT NULL,
    channel text NOT NULL,
    used_at timestamptz NOT NULL,  -- to the hour: an update that changes no index is cheap
    PRIMARY KEY (user_id, channel)
);
CREATE INDEX notification_rate_limits_used ON notification_rate_limits (used_at);

-- Replaced by functions of other parameters.
DROP FUNCTION IF EXISTS notification_off_reason(text, boolean, boolean, text, boolean);
DROP FUNCTION IF EXISTS notification_route(text, text);
DROP FUNCTION IF EXISTS notification_reach(text, jsonb);
DROP FUNCTION IF EXISTS notification_prune(timestamptz, integer);
