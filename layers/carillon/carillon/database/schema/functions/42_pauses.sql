-- Pauses: what waits for them, and those that a channel makes itself while its provider is out. And paces: what waits its
-- turn while more is due than a provider takes.

-- Until when manual pauses hold back an item that is to leave at a moment; NULL: none does. The rule of what matches stands
-- here alone. It is inlined where it is used in FROM.
CREATE OR REPLACE FUNCTION notification_pausing(
    item_channel text, item_creator text, item_event text, item_severity text, moment timestamptz
) RETURNS TABLE (until timestamptz, by_sender boolean)
LANGUAGE sql STABLE AS $$
    SELECT max(p.until), bool_and(p.creator IS NOT NULL)
    FROM notification_pauses AS p
    WHERE NOT p.automatic AND p.until > moment
        AND (p.channel IS NULL OR p.channel = item_channel)
        AND (p.creator IS NULL OR p.creator = item_creator)
        AND (p.event IS NULL OR p.event = item_event OR starts_with(item_event, p.event || '.'))
        AND NOT (p.spare_critical AND item_severity = 'critical')
$$;

-- What holds a pending delivery back as things are now, for whoever asks why it has not left. held_by: 'operator',
-- 'sender' (a pause of what its creator records), 'outage' (its channel's own pause, once it was to leave), 'pace' (it waits
-- its turn), or NULL. held_until: when manual pauses let it go. What the last look will leave out is foretold only where
-- the rows alone say so.
CREATE OR REPLACE FUNCTION notification_held_back(d notification_deliveries, moment timestamptz) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'held_by', CASE
            WHEN held.until IS NOT NULL THEN CASE WHEN held.by_sender THEN 'sender' ELSE 'operator' END
            WHEN d.first_available_at <= moment AND EXISTS (
                SELECT FROM notification_pauses AS p WHERE p.automatic AND p.channel = d.channel
            ) THEN 'outage'
            WHEN d.history -> -1 @> '{"event": "paused", "code": "pace"}' AND EXISTS (
                SELECT FROM notification_paces AS p WHERE p.channel = d.channel
            ) THEN 'pace'
        END,
        'held_until', held.until
    )
    FROM (
        SELECT
            -- The first item that is free frees all.
            CASE WHEN count(*) = count(pausing.until) THEN min(pausing.until) END AS until,
            bool_and(pausing.by_sender) AS by_sender
        FROM notification_delivery_items AS i
        JOIN notifications AS n ON n.id = i.notification_id
        CROSS JOIN LATERAL notification_pausing(
            i.channel, n.created_by, n.event_name, n.severity, greatest(d.available_at, moment)
        ) AS pausing
        WHERE EXISTS (SELECT FROM notification_pauses AS p WHERE NOT p.automatic)
            AND i.delivery_id = d.id AND i.left_out IS NULL AND n.retracted_at IS NULL
            AND (n.expires_at > greatest(d.available_at, moment)) IS NOT FALSE
            AND ((n.read_at IS NULL AND n.archived_at IS NULL) OR n.routing -> i.channel ? 'mandatory')
    ) AS held
$$;

-- Of the deliveries that a claim holds locked and is about to take, those that have to wait: moved on, and never claimed.
-- A delivery waits for manual pauses when each of its items still to be sent matches one. While its channel's provider is
-- out it waits whatever its items, except the probe: once the automatic pause is over, one claim takes it for a new one
-- and lets one delivery through. While its channel has a pace it waits its turn: as many are let through as the provider
-- takes, first what is to leave just now, which never waits, then what waited longest. What has nothing to send is left to
-- the claim, which skips it.
--
-- Nobody waits for a pause's row here: deliveries are locked already, and in everybody's order pauses come before them. Paces
-- come after them.
-- probes: delivery id → how many probes in a row have failed before it.
CREATE OR REPLACE FUNCTION notification_hold(ids uuid[], moment timestamptz, OUT held uuid[], OUT probes jsonb)
LANGUAGE plpgsql
AS $$
DECLARE
    -- Who ends a pause shall not wait long for what waited for it, nor be flooded.
    recheck constant interval := notification_pause_recheck();
    -- The estimate of the time to drain a small backlog is rough, so a deferred delivery waits at least so long, in seconds.
    shortest_wait constant integer := 30;
    free text[];
BEGIN
    WITH over AS (
        SELECT p.id FROM notification_pauses AS p
        WHERE p.automatic AND p.until <= moment
            AND p.channel IN (SELECT d.channel FROM notification_deliveries AS d WHERE d.id = ANY (ids))
        FOR NO KEY UPDATE SKIP LOCKED
    ),
    taken AS (
        UPDATE notification_pauses AS p
        SET until = moment + p.probe_seconds * interval '1 second'
        FROM over
        WHERE p.id = over.id
        RETURNING p.channel
    )
    SELECT coalesce(array_agg(taken.channel), '{}') INTO free FROM taken;

    PERFORM FROM notification_paces AS p
    WHERE p.channel IN (SELECT d.channel FROM notification_deliveries AS d WHERE d.id = ANY (ids))
    ORDER BY p.channel
    FOR UPDATE;

    WITH items AS (
        SELECT i.delivery_id, pausing.until
        FROM notification_delivery_items AS i
        JOIN notifications AS n ON n.id = i.notification_id
        CROSS JOIN LATERAL notification_pausing(i.channel, n.created_by, n.event_name, n.severity, moment) AS pausing
        WHERE i.delivery_id = ANY (ids) AND i.left_out IS NULL
    ),
    due AS (
        SELECT
            d.id, d.channel, d.attempts, d.available_at, d.first_available_at,
            d.history -> -1 @> '{"event": "paused", "code": "pace"}' IS TRUE AS waited,
            CASE WHEN count(*) = count(items.until) THEN max(items.until) END AS until
        FROM items
        JOIN notification_deliveries AS d ON d.id = items.delivery_id
        GROUP BY d.id
    ),
    probing AS (
        -- What was tried least: an answer that never comes costs an attempt.
        SELECT DISTINCT ON (due.channel) due.id, due.channel, p.failures
        FROM due
        JOIN notification_pauses AS p ON p.automatic AND p.channel = due.channel
        WHERE due.until IS NULL AND due.channel = ANY (free)
        ORDER BY due.channel, due.attempts, due.available_at
    ),
    waiting AS (
        SELECT due.id, greatest(
            CASE WHEN due.until IS NOT NULL THEN least(due.until, moment + recheck) + random() * recheck END,
            greatest(p.until, moment) + random() * p.probe_seconds * interval '1 second'
        ) AS until
        FROM due
        LEFT JOIN notification_pauses AS p ON p.automatic AND p.channel = due.channel
        WHERE (due.until IS NOT NULL OR p.id IS NOT NULL) AND due.id NOT IN (SELECT probing.id FROM probing)
    ),
    buckets AS (
        SELECT
            p.*,
            -- A second's worth, and at least a batch: what nobody used is lost.
            least(greatest(p.per_second, notification_bucket_minimum()), p.tokens + p.per_second * extract(epoch FROM moment - p.filled_at)) AS free
        FROM notification_paces AS p
    ),
    queued AS (
        SELECT
            due.id, due.channel, due.waited, NOT standing.fresh AND row_number() OVER (
                PARTITION BY due.channel ORDER BY standing.fresh DESC, due.first_available_at, due.id
            ) > buckets.free AS turned_away
        FROM due
        JOIN buckets USING (channel)
        CROSS JOIN LATERAL (
            SELECT due.first_available_at > moment - least(buckets.look_again, notification_fresh_for()) AS fresh
        ) AS standing
        WHERE due.id NOT IN (SELECT waiting.id FROM waiting) AND due.id NOT IN (SELECT probing.id FROM probing)
    ),
    paces AS (
        UPDATE notification_paces AS p
        SET
            tokens = buckets.free - seen.let_through, filled_at = moment,
            waiting = greatest(0, p.waiting + seen.more - seen.less),
            busy_at = CASE WHEN seen.turned_away THEN moment ELSE p.busy_at END
        FROM buckets
        JOIN (
            SELECT
                queued.channel, bool_or(queued.turned_away) AS turned_away,
                count(*) FILTER (WHERE NOT queued.turned_away) AS let_through,
                count(*) FILTER (WHERE queued.turned_away AND NOT queued.waited) AS more,
                count(*) FILTER (WHERE queued.waited AND NOT queued.turned_away) AS less
            FROM queued GROUP BY queued.channel
        ) AS seen USING (channel)
        WHERE p.channel = buckets.channel
        -- So that as many come back in a second as may leave.
        RETURNING p.channel, least(p.look_again, greatest(shortest_wait, p.waiting / p.per_second) * interval '1 second') AS span
    ),
    later AS (
        SELECT waiting.id, waiting.until, NULL AS code FROM waiting
        UNION ALL
        SELECT queued.id, moment + (0.5 + random()) * paces.span, 'pace'
        FROM queued JOIN paces USING (channel)
        WHERE queued.turned_away
    ),
    moved AS (
        -- A replay that has to wait is pending again: its message is acknowledged, and nothing else remembers it.
        UPDATE notification_deliveries AS d
        SET
            status = 'pending', available_at = later.until, dispatched_at = NULL,
            attempts = CASE d.status WHEN 'failed' THEN 0 ELSE d.attempts END, finished_at = NULL, permanent = false,
            history = notification_history(d.history, jsonb_build_object(
                'event', 'paused', 'at', moment, 'code', later.code, 'replay', CASE d.status WHEN 'failed' THEN true END
            ))
        FROM later
        WHERE d.id = later.id
        RETURNING d.id
    )
    SELECT
        coalesce((SELECT array_agg(moved.id) FROM moved), '{}'),
        coalesce((SELECT jsonb_object_agg(probing.id, probing.failures) FROM probing), '{}'),
        coalesce((SELECT array_agg(c) FROM unnest(free) AS c WHERE c NOT IN (SELECT probing.channel FROM probing)), '{}')
    INTO held, probes, free;

    -- What this look left out was not claimed: it may be marked unread, or wanted again, until it leaves.
    UPDATE notification_delivery_items AS i
    SET left_out = NULL, left_out_claim = NULL
    WHERE i.delivery_id = ANY (held) AND i.left_out NOT IN ('cancelled', 'retracted');

    -- Nothing here could be the probe: the next claim may.
    UPDATE notification_pauses AS p SET until = moment WHERE p.automatic AND p.channel = ANY (free);
END
$$;

-- What a batch learned of its channels' providers. out: nothing got through, so the channel pauses for `seconds`, and is
-- then probed. Not out: a probe was answered, and the channel's own pause ends. NULL: nothing new. Only a failed probe
-- prolongs a pause: it says how many failed before it, while batches that were under way when the provider went out all say
-- the same. The caller locks deliveries after this.
CREATE OR REPLACE FUNCTION notification_report(reports jsonb, moment timestamptz) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM FROM notification_pauses
    WHERE automatic AND channel IN (SELECT report ->> 'channel' FROM jsonb_array_elements(reports) AS report)
    ORDER BY channel
    FOR UPDATE;

    DELETE FROM notification_pauses AS p
    USING jsonb_array_elements(reports) AS report
    WHERE p.automatic AND p.channel = report ->> 'channel' AND NOT (report ->> 'out')::boolean;

    INSERT INTO notification_pauses AS p (channel, until, automatic, failures, probe_seconds, reason, created_at)
    SELECT
        report.channel, moment + report.seconds * interval '1 second', true, report.failures, report.seconds,
        report.code, moment
    FROM jsonb_to_recordset(reports) AS report (channel text, out boolean, failures integer, seconds integer, code text)
    WHERE report.out
    ORDER BY report.channel
    ON CONFLICT (channel) WHERE automatic DO UPDATE
    SET
        until = excluded.until, failures = excluded.failures, probe_seconds = excluded.probe_seconds,
        reason = excluded.reason
    WHERE excluded.failures > p.failures;
END
$$;

-- The same for paces. After an outage, and when a provider first throttles, a channel begins slowly. Each message that is
-- taken makes it faster, each that is throttled slower by twenty times as much: it settles where one in twenty is throttled.
-- The caller has locked deliveries before this.
CREATE OR REPLACE FUNCTION notification_learn(reports jsonb, moment timestamptz) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM FROM notification_paces
    WHERE channel IN (SELECT report ->> 'channel' FROM jsonb_array_elements(reports) AS report)
    ORDER BY channel
    FOR UPDATE;

    UPDATE notification_paces AS p
    SET
        per_second = CASE
            WHEN r.out IS FALSE THEN notification_rate_start()
            ELSE greatest(
                notification_rate_minimum(),
                p.per_second + notification_rate_increase() * r.taken - notification_rate_decrease() * r.throttled
            )
        END,
        busy_at = CASE WHEN r.out IS FALSE OR r.throttled > 0 THEN moment ELSE p.busy_at END
    FROM jsonb_to_recordset(reports) AS r (channel text, out boolean, taken integer, throttled integer)
    WHERE p.channel = r.channel;

    INSERT INTO notification_paces (channel, per_second, tokens, filled_at, waiting, busy_at, look_again)
    SELECT r.channel, notification_rate_start(), 0, moment, 0, moment, r.turn_seconds * interval '1 second'
    FROM jsonb_to_recordset(reports) AS r (channel text, out boolean, throttled integer, turn_seconds integer)
    WHERE r.out IS FALSE OR r.throttled > 0
    ORDER BY r.channel
    ON CONFLICT (channel) DO NOTHING;
END
$$;
