-- One device for each phone, the soft bounces of an address, faults of push credentials, and what an unsubscribing has
-- switched off.

-- Hexadecimal tokens of APNs are compared without case. SNS does so too: both spellings have one endpoint. Other
-- transactions wait, and find the folded rows.
LOCK TABLE devices IN ACCESS EXCLUSIVE MODE;

-- Of the devices of a phone, keep one of the person who registered last: an enabled one, if there is one. The endpoints
-- stay at SNS. Without a row an endpoint is harmless, and the kept device may have the same one.
UPDATE devices AS d
SET seen_at = newest.seen_at
FROM (
    SELECT user_id, translate(lower(token COLLATE "C"), '<> ', '') AS phone, max(seen_at) AS seen_at
    FROM devices
    WHERE platform = 'apns'
    GROUP BY user_id, phone
) AS newest
WHERE d.platform = 'apns' AND d.user_id = newest.user_id AND d.seen_at < newest.seen_at
    AND translate(lower(d.token COLLATE "C"), '<> ', '') = newest.phone;
DELETE FROM devices AS d
USING (
    SELECT id, row_number() OVER (
        PARTITION BY translate(lower(token COLLATE "C"), '<> ', '')
        ORDER BY seen_at DESC, user_id, enabled DESC, id DESC
    ) AS place
    FROM devices
    WHERE platform = 'apns'
) AS ranked
WHERE d.id = ranked.id AND ranked.place > 1;
UPDATE devices
SET token = translate(lower(token COLLATE "C"), '<> ', '')
WHERE platform = 'apns' AND token <> translate(lower(token COLLATE "C"), '<> ', '');

ALTER TABLE devices ADD CONSTRAINT devices_apns_token
    CHECK (platform <> 'apns' OR token = translate(lower(token COLLATE "C"), '<> ', ''));

-- The soft bounces of an address since the last email that arrived. The hash is that of suppressions.
CREATE TABLE soft_bounces (
    address_hash text PRIMARY KEY CHECK (length(address_hash) = 64),
    bounced_at timestamptz[] NOT NULL,  -- the times of the provider, the newest first
    delivered_at timestamptz NOT NULL,  -- the last email that arrived; -infinity: none known
    updated_at timestamptz NOT NULL
);
CREATE INDEX soft_bounces_updated ON soft_bounces (updated_at);

-- The choices before an unsubscribing, so that the person can have them back: under "some" for links about categories,
-- under "all" for links about all email. Each has the former values by category, and that of the switch under an empty
-- name. A null means that the person had chosen nothing.
ALTER TABLE preferences ADD COLUMN unsubscribed jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(unsubscribed) = 'object');

-- The code of a fault of this stack's credentials, in an event of a push.
ALTER TYPE provider_event ADD ATTRIBUTE fault text;
