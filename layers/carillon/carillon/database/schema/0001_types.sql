-- The vocabularies, and the rows that travel between the SQL functions.
--
-- A misspelt field of a composite type is an error at its first use. A misspelt key of jsonb would be NULL. A later
-- release may only add fields at the end: ALTER TYPE … ADD ATTRIBUTE in a new numbered file.

-- The only list of channels in SQL.
CREATE DOMAIN channel AS text CHECK (VALUE IN ('email', 'push'));

-- From the least urgent to the most. A minimum severity is compared in this order.
CREATE TYPE severity AS ENUM ('info', 'success', 'warning', 'critical');

CREATE TYPE delivery_status AS ENUM ('pending', 'sending', 'sent', 'failed', 'skipped');

-- From good to bad. The last one is for push only.
CREATE TYPE provider_status AS ENUM (
    'accepted', 'delayed', 'delivered', 'soft_bounced', 'rejected', 'bounced', 'complained', 'undelivered'
);

-- The stack's rule about one channel, for a category of events. Python computes it from the settings and the declared
-- categories, because it is the same for all people: settings/routing.py.
CREATE TYPE stack_rule AS (
    category text,  -- the most specific declared category of the event; '' if none is declared
    channel text,
    set_up boolean,  -- the stack has the settings of this channel
    enabled boolean,
    enabled_by text,  -- the rule that decided `enabled`: stack, category:<name>, user or user:<category>
    minimum_severity severity,
    severity_by text,  -- the rule that decided `minimum_severity`
    "grouping" text,  -- minutes, now or hourly
    only_if_unread_minutes integer,
    mandatory_by text,  -- the category that makes the channel mandatory
    per_minute integer  -- how many deliveries may open for one person and minute
);

-- What routing knows about one person: recipient_states() in 20_routing.sql. NULL: the person never chose.
CREATE TYPE recipient_state AS (
    user_id text,
    in_app_enabled boolean,
    channels jsonb,  -- the switch of each channel
    digest_minutes integer,
    rules jsonb,  -- by category and channel
    quiet_from time,
    quiet_to time,
    obstacles jsonb,  -- contacts() in 16_channels.sql
    timezone text
);

-- The decision about one person and one channel, before its time and the limit.
CREATE TYPE route AS (
    channel text,
    action text,  -- off, now or digest
    reason text,  -- a word of docs/routing.md
    rule text,  -- the rule that decided; NULL if the person cannot be reached
    mandatory boolean,  -- true or NULL
    minutes integer,  -- a digest collects for so long; NULL: until the full hour
    only_if_unread_minutes integer,  -- how long an hourly digest waits at least
    per_minute integer
);

-- The decisions about one recipient, before the time of each route and the limit.
CREATE TYPE recipient_plan AS (
    user_id text,
    in_app boolean,
    quiet_from time,
    quiet_to time,
    timezone text,
    sends boolean,  -- a channel sends, now or later
    routes route[]
);

-- A route with its time and its delivery.
CREATE TYPE placement AS (
    notification_id uuid,
    user_id text,
    channel text,
    action text,
    reason text,
    rule text,
    mandatory boolean,
    leaves_at timestamptz,
    digest_key text,
    delivery_id uuid,
    opens boolean  -- true: the delivery is new
);

-- The result of the final check for one item: 33_final_check.sql.
CREATE TYPE item_check AS (
    notification_id uuid,
    channel text,
    delivery_id uuid,
    reason text,  -- why the item would be excluded now; NULL: it would be sent
    changed boolean  -- the item has another reason, or none
);

-- The parts of a notification that an email or a push may show: never `body` and `data`. The model is DeliveryItem in
-- models/delivery.py.
CREATE TYPE claimed_item AS (
    notification_id uuid,
    event_name text,
    title text,
    summary text,
    severity severity,
    target_url text,
    mandatory boolean,
    expires_in bigint  -- seconds after the claim
);

-- What a worker needs to send a claimed delivery. The model is ClaimedDelivery in models/delivery.py.
CREATE TYPE claimed_delivery AS (
    delivery_id uuid,
    user_id text,
    claim_no integer,
    attempts integer,
    max_attempts integer,
    channel text,
    locale text,
    items claimed_item[],  -- at most item_limit()
    item_count integer,
    all_switchable_events text[],  -- at most event_name_limit(); NULL if `items` has all items
    waited_ms bigint,  -- from its due time to its claim
    throttles integer,  -- consecutive throttles before this claim
    paced boolean,  -- its channel has a send rate
    failed_probes integer,  -- failed probes before this one; NULL: this delivery is not a probe
    destination jsonb  -- what only its channel needs: destinations() in 16_channels.sql
);

-- One delivery in the answer to a claim. The model is Claim in deliveries/store.py.
CREATE TYPE claim_result AS (
    delivery_id uuid,
    state text,
    status delivery_status,
    channel text,
    claim_no integer,
    reason text,  -- of a skipped delivery
    delivery claimed_delivery
);

-- The outcome of one send, as a worker reports it. The model is FinishRow in deliveries/outcomes.py.
CREATE TYPE outcome AS (
    delivery_id uuid,
    claim_no integer,  -- the fence
    event text,  -- the entry for the history
    next_status delivery_status,
    delay_seconds double precision,  -- until a pending delivery is due again
    give_back boolean,  -- the attempt does not count
    permanent boolean,
    code text,
    detail text,
    provider_message_ids text[],
    gone_device_ids uuid[]
);

-- A delivery with items to send that a claim has locked, as the mechanisms that defer see it: 46_defer.sql.
CREATE TYPE due_delivery AS (
    id uuid,
    channel text,
    attempts integer,
    available_at timestamptz,
    first_available_at timestamptz,
    paced boolean,  -- the send rate deferred it last time
    paused_until timestamptz  -- the end of the manual pauses; NULL: none defers it
);

-- The decision to defer a delivery.
CREATE TYPE deferral AS (
    id uuid,
    until timestamptz,
    code text  -- for the history: pace, or NULL
);

-- An event that a provider reports. The model is ProviderEvent in models/provider_event.py. The last three fields are
-- found in the database.
CREATE TYPE provider_event AS (
    position integer,  -- in the batch
    channel text,
    kind provider_status,
    message_id text,
    at text,  -- ISO 8601, UTC
    detail text,
    delivery_id uuid,  -- NULL in an event of a push, until it is found by its message
    claim_no integer,
    addresses text[],
    counts boolean,  -- it harms the producer's reputation
    endpoint_arn text,  -- of a push whose device is gone
    key text,  -- the kind and the message: an event is stored once under it
    is_new boolean,  -- nothing is stored under the key
    is_first boolean  -- nothing is stored about the message
);
