-- Three mechanisms defer deliveries: manual pauses, a circuit breaker for each channel (the automatic pauses), and a
-- send rate for each channel (the table send_rates). docs/architecture.md#pauses-outages-and-send-rates
-- explains them.

-- Return until when manual pauses defer an item that is due at a moment; NULL: none does. Only this function knows
-- which items a pause matches. The planner inlines it in FROM.
CREATE OR REPLACE FUNCTION pausing(
    item_channel text, item_creator text, item_event text, item_severity text, moment timestamptz
) RETURNS TABLE (until timestamptz, by_sender boolean)
LANGUAGE sql STABLE AS $$
    SELECT max(p.until), bool_and(p.creator IS NOT NULL)
    FROM pauses AS p
    WHERE NOT p.automatic AND p.until > moment
        AND (p.channel IS NULL OR p.channel = item_channel)
        AND (p.creator IS NULL OR p.creator = item_creator)
        AND (p.event IS NULL OR p.event = item_event OR starts_with(item_event, p.event || '.'))
        AND NOT (p.spare_critical AND item_severity = 'critical')
$$;

-- Return what defers a pending delivery now, to explain why it was not sent yet. It foretells the final check only as
-- far as the rows themselves decide it.
--
-- - `held_by` is `operator`, `sender`, `outage`, `pace` or null. `sender` is a pause of the creator, `outage` the
--   circuit breaker once the delivery is due, and `pace` the send rate.
-- - `held_until` is the end of the manual pauses.
CREATE OR REPLACE FUNCTION held_back(d deliveries, moment timestamptz) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'held_by', CASE
            WHEN held.until IS NOT NULL THEN CASE WHEN held.by_sender THEN 'sender' ELSE 'operator' END
            WHEN d.first_available_at <= moment AND EXISTS (
                SELECT FROM pauses AS p WHERE p.automatic AND p.channel = d.channel
            ) THEN 'outage'
            WHEN d.history -> -1 @> '{"event": "paused", "code": "pace"}' AND EXISTS (
                SELECT FROM send_rates AS p WHERE p.channel = d.channel
            ) THEN 'pace'
        END,
        'held_until', held.until
    )
    FROM (
        SELECT
            -- One item without a pause releases the whole delivery.
            CASE WHEN count(*) = count(pausing.until) THEN min(pausing.until) END AS until,
            bool_and(pausing.by_sender) AS by_sender
        FROM delivery_items AS i
        JOIN notifications AS n ON n.id = i.notification_id
        CROSS JOIN LATERAL pausing(
            i.channel, n.created_by, n.event_name, n.severity, greatest(d.available_at, moment)
        ) AS pausing
        WHERE EXISTS (SELECT FROM pauses AS p WHERE NOT p.automatic)
            AND i.delivery_id = d.id AND i.left_out IS NULL AND n.retracted_at IS NULL
            AND (n.expires_at > greatest(d.available_at, moment)) IS NOT FALSE
            AND ((n.read_at IS NULL AND n.archived_at IS NULL) OR n.routing -> i.channel ? 'mandatory')
    ) AS held
$$;

-- Defer some of the deliveries that a claim has locked: they become due later, and are not claimed.
--
-- - Manual pauses defer a delivery if each of its items to send matches a pause.
-- - The circuit breaker defers every delivery of its channel, except the probe. When the automatic pause ends, one
--   claim extends it and lets one delivery through.
-- - The send rate defers what the bucket has no token for. Deliveries that became due just now are never deferred. The
--   others that have waited longest come first.
--
-- A delivery without an item to send is not deferred: the claim skips it.
-- probes: the id of a delivery → the number of failed probes in a row before it.
--
-- Deliveries are locked already, and in the lock order (docs/architecture.md#the-lock-order) pauses come before
-- deliveries. So take a pause with SKIP LOCKED and never wait for it. Send rates come after deliveries.
CREATE OR REPLACE FUNCTION defer(ids uuid[], moment timestamptz, OUT held uuid[], OUT probes jsonb)
LANGUAGE plpgsql
AS $$
DECLARE
    recheck constant interval := pause_recheck();
    -- Seconds. The estimate of the time to drain a small backlog is rough, so a deferred delivery waits at least so
    -- long.
    shortest_wait constant integer := 30;
    free text[];
BEGIN
    WITH over AS (
        SELECT p.id FROM pauses AS p
        WHERE p.automatic AND p.until <= moment
            AND p.channel IN (SELECT d.channel FROM deliveries AS d WHERE d.id = ANY (ids))
        FOR NO KEY UPDATE SKIP LOCKED
    ),
    taken AS (
        UPDATE pauses AS p
        SET until = moment + p.probe_seconds * interval '1 second'
        FROM over
        WHERE p.id = over.id
        RETURNING p.channel
    )
    SELECT coalesce(array_agg(taken.channel), '{}') INTO free FROM taken;

    PERFORM FROM send_rates AS p
    WHERE p.channel IN (SELECT d.channel FROM deliveries AS d WHERE d.id = ANY (ids))
    ORDER BY p.channel
    FOR UPDATE;

    WITH items AS (
        SELECT i.delivery_id, pausing.until
        FROM delivery_items AS i
        JOIN notifications AS n ON n.id = i.notification_id
        CROSS JOIN LATERAL pausing(i.channel, n.created_by, n.event_name, n.severity, moment) AS pausing
        WHERE i.delivery_id = ANY (ids) AND i.left_out IS NULL
    ),
    due AS (
        SELECT
            d.id, d.channel, d.attempts, d.available_at, d.first_available_at,
            d.history -> -1 @> '{"event": "paused", "code": "pace"}' IS TRUE AS waited,
            CASE WHEN count(*) = count(items.until) THEN max(items.until) END AS until
        FROM items
        JOIN deliveries AS d ON d.id = items.delivery_id
        GROUP BY d.id
    ),
    probing AS (
        -- The delivery with the fewest attempts, because a probe without an answer costs an attempt.
        SELECT DISTINCT ON (due.channel) due.id, due.channel, p.failures
        FROM due
        JOIN pauses AS p ON p.automatic AND p.channel = due.channel
        WHERE due.until IS NULL AND due.channel = ANY (free)
        ORDER BY due.channel, due.attempts, due.available_at
    ),
    waiting AS (
        SELECT due.id, greatest(
            CASE WHEN due.until IS NOT NULL THEN least(due.until, moment + recheck) + random() * recheck END,
            greatest(p.until, moment) + random() * p.probe_seconds * interval '1 second'
        ) AS until
        FROM due
        LEFT JOIN pauses AS p ON p.automatic AND p.channel = due.channel
        WHERE (due.until IS NOT NULL OR p.id IS NOT NULL) AND due.id NOT IN (SELECT probing.id FROM probing)
    ),
    buckets AS (
        SELECT
            p.*,
            -- The tokens of one second, but at least a batch. Unused tokens above that are lost.
            least(
                greatest(p.per_second, bucket_minimum()),
                p.tokens + p.per_second * extract(epoch FROM moment - p.filled_at)
            ) AS free
        FROM send_rates AS p
    ),
    queued AS (
        SELECT
            due.id, due.channel, due.waited, NOT standing.fresh AND row_number() OVER (
                PARTITION BY due.channel ORDER BY standing.fresh DESC, due.first_available_at, due.id
            ) > buckets.free AS turned_away
        FROM due
        JOIN buckets USING (channel)
        CROSS JOIN LATERAL (
            SELECT due.first_available_at > moment - least(buckets.look_again, fresh_for()) AS fresh
        ) AS standing
        WHERE due.id NOT IN (SELECT waiting.id FROM waiting) AND due.id NOT IN (SELECT probing.id FROM probing)
    ),
    paces AS (
        UPDATE send_rates AS p
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
        -- So as many deliveries become due in a second as the provider accepts.
        RETURNING p.channel, least(
            p.look_again, greatest(shortest_wait, p.waiting / p.per_second) * interval '1 second'
        ) AS span
    ),
    later AS (
        SELECT waiting.id, waiting.until, NULL AS code FROM waiting
        UNION ALL
        SELECT queued.id, moment + (0.5 + random()) * paces.span, 'pace'
        FROM queued JOIN paces USING (channel)
        WHERE queued.turned_away
    ),
    moved AS (
        -- A deferred replay becomes pending again: its message is acknowledged, so only the row can remember it.
        UPDATE deliveries AS d
        SET
            status = 'pending', available_at = later.until, dispatched_at = NULL,
            attempts = CASE d.status WHEN 'failed' THEN 0 ELSE d.attempts END, finished_at = NULL, permanent = false,
            history = add_history(d.history, jsonb_build_object(
                'event', 'paused', 'at', moment, 'code', later.code, 'replay', CASE d.status WHEN 'failed' THEN true END
            ))
        FROM later
        WHERE d.id = later.id
        RETURNING d.id
    )
    SELECT
        coalesce((SELECT array_agg(moved.id) FROM moved), '{}'),
        coalesce((SELECT jsonb_object_agg(probing.id, probing.failures) FROM probing), '{}'),
        coalesce((
            SELECT array_agg(c) FROM unnest(free) AS c WHERE c NOT IN (SELECT probing.channel FROM probing)
        ), '{}')
    INTO held, probes, free;

    -- The final check excluded these items, but their delivery was not claimed. Until it is, the person may mark them
    -- unread or want them again.
    UPDATE delivery_items AS i
    SET left_out = NULL, left_out_claim = NULL
    WHERE i.delivery_id = ANY (held) AND i.left_out NOT IN ('cancelled', 'retracted');

    -- This batch had no delivery for the probe. The next claim may have one.
    UPDATE pauses AS p SET until = moment WHERE p.automatic AND p.channel = ANY (free);
END
$$;

-- Open or close the circuit breaker of each reported channel:
--
-- - out is true: no request was answered. Pause the channel for `seconds`; then probe it.
-- - out is false: the provider answered a probe. End the automatic pause.
-- - out is null: no change.
--
-- Only a failed probe extends a pause, because only its report has a higher number of `failures`. All batches that were
-- on the way when the outage began report the same number. The caller locks deliveries after this call.
CREATE OR REPLACE FUNCTION report_outages(reports jsonb, moment timestamptz) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM FROM pauses
    WHERE automatic AND channel IN (SELECT report ->> 'channel' FROM jsonb_array_elements(reports) AS report)
    ORDER BY channel
    FOR UPDATE;

    DELETE FROM pauses AS p
    USING jsonb_array_elements(reports) AS report
    WHERE p.automatic AND p.channel = report ->> 'channel' AND NOT (report ->> 'out')::boolean;

    INSERT INTO pauses AS p (channel, until, automatic, failures, probe_seconds, reason, created_at)
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

-- Adapt the send rate of each reported channel. After an outage, and at the first throttle, the channel starts slowly.
-- Each accepted message raises its rate, and each throttled message lowers it (05_policy.sql). The caller has locked
-- deliveries before this call.
CREATE OR REPLACE FUNCTION adapt_send_rates(reports jsonb, moment timestamptz) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM FROM send_rates
    WHERE channel IN (SELECT report ->> 'channel' FROM jsonb_array_elements(reports) AS report)
    ORDER BY channel
    FOR UPDATE;

    UPDATE send_rates AS p
    SET
        per_second = CASE
            WHEN r.out IS FALSE THEN rate_start()
            ELSE greatest(
                rate_minimum(),
                p.per_second + rate_increase() * r.taken - rate_decrease() * r.throttled
            )
        END,
        busy_at = CASE WHEN r.out IS FALSE OR r.throttled > 0 THEN moment ELSE p.busy_at END
    FROM jsonb_to_recordset(reports) AS r (channel text, out boolean, taken integer, throttled integer)
    WHERE p.channel = r.channel;

    INSERT INTO send_rates (channel, per_second, tokens, filled_at, waiting, busy_at, look_again)
    SELECT r.channel, rate_start(), 0, moment, 0, moment, r.turn_seconds * interval '1 second'
    FROM jsonb_to_recordset(reports) AS r (channel text, out boolean, throttled integer, turn_seconds integer)
    WHERE r.out IS FALSE OR r.throttled > 0
    ORDER BY r.channel
    ON CONFLICT (channel) DO NOTHING;
END
$$;
