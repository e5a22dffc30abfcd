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
    free text[];
    due due_delivery[];
    deferrals deferral[];
BEGIN
    IF NOT EXISTS (SELECT FROM pauses AS p WHERE p.automatic) AND NOT EXISTS (SELECT FROM send_rates)
        AND NOT any_paused(ids, moment)
    THEN  -- most manual pauses concern none of the deliveries
        held := '{}';
        probes := '{}';
        RETURN;
    END IF;
    due := due_deliveries(ids, moment);

    WITH over AS (
        SELECT p.id FROM pauses AS p
        WHERE p.automatic AND p.until <= moment
            AND p.channel IN (SELECT d.channel FROM deliveries AS d WHERE d.id = ANY (ids))
        FOR NO KEY UPDATE SKIP LOCKED
    ),
    taken AS (
        UPDATE pauses AS p
        SET until = moment + make_interval(secs => p.probe_seconds)
        FROM over
        WHERE p.id = over.id
        RETURNING p.channel
    )
    SELECT coalesce(array_agg(taken.channel), '{}') INTO free FROM taken;

    probes := choose_probes(due, free);
    deferrals := defer_by_pause(due, probes, moment);
    SELECT array_agg(d) INTO due
    FROM unnest(due) AS d
    WHERE NOT probes ? d.id::text AND d.id <> ALL (ARRAY(SELECT made.id FROM unnest(deferrals) AS made));
    IF due IS NOT NULL THEN
        deferrals := deferrals || defer_by_rate(due, moment);
    END IF;
    held := make_due_later(deferrals, moment);

    -- The final check excluded these items, but their delivery was not claimed. Until it is, the person may mark them
    -- unread or want them again.
    UPDATE delivery_items AS i
    SET left_out = NULL, left_out_claim = NULL
    WHERE i.delivery_id = ANY (held) AND i.left_out NOT IN ('cancelled', 'retracted');

    -- If this batch had no delivery for a probe, the next claim may have one.
    UPDATE pauses AS p SET until = moment
    WHERE p.automatic AND p.channel = ANY (free) AND NOT EXISTS (
        SELECT FROM deliveries AS d
        WHERE d.id = ANY (ids) AND d.channel = p.channel AND probes ? d.id::text
    );
END
$$;

-- Return whether a manual pause concerns an item to send.
CREATE OR REPLACE FUNCTION any_paused(ids uuid[], moment timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM delivery_items AS i
        CROSS JOIN LATERAL (SELECT * FROM notifications AS n WHERE n.id = i.notification_id OFFSET 0) AS n
        CROSS JOIN LATERAL pausing(i.channel, n.created_by, n.event_name, n.severity, moment) AS pausing
        WHERE i.delivery_id = ANY (ids) AND i.left_out IS NULL AND pausing.until IS NOT NULL
    );
END
$$;

-- Return the deliveries with an item to send, with the end of the manual pauses that defer them. One item without a
-- pause releases the whole delivery.
CREATE OR REPLACE FUNCTION due_deliveries(ids uuid[], moment timestamptz) RETURNS due_delivery[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ARRAY(
        SELECT ROW(
            d.id, d.channel, d.attempts, d.available_at, d.first_available_at,
            d.history -> -1 @> '{"event": "paused", "code": "pace"}' IS TRUE,
            CASE WHEN count(*) = count(pausing.until) THEN max(pausing.until) END
        )::due_delivery
        FROM delivery_items AS i
        CROSS JOIN LATERAL (SELECT * FROM notifications AS n WHERE n.id = i.notification_id OFFSET 0) AS n
        JOIN deliveries AS d ON d.id = i.delivery_id
        CROSS JOIN LATERAL pausing(i.channel, n.created_by, n.event_name, n.severity, moment) AS pausing
        -- Both sides are bounded by ids: else the planner may read all deliveries in the order of their key.
        WHERE i.delivery_id = ANY (ids) AND d.id = ANY (ids) AND i.left_out IS NULL
        GROUP BY d.id
    );
END
$$;

-- Return one delivery for each channel that is free to probe, with the failed probes in a row before it. It is the
-- delivery with the fewest attempts, because a probe without an answer costs an attempt.
CREATE OR REPLACE FUNCTION choose_probes(due due_delivery[], free text[]) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT coalesce(jsonb_object_agg(chosen.id, chosen.failures), '{}')
        FROM (
            SELECT DISTINCT ON (d.channel) d.id, p.failures
            FROM unnest(due) AS d
            JOIN pauses AS p ON p.automatic AND p.channel = d.channel
            WHERE d.paused_until IS NULL AND d.channel = ANY (free)
            ORDER BY d.channel, d.attempts, d.available_at
        ) AS chosen
    );
END
$$;

-- Return the deferrals by manual pauses and by circuit breakers.
CREATE OR REPLACE FUNCTION defer_by_pause(due due_delivery[], probes jsonb, moment timestamptz) RETURNS deferral[]
LANGUAGE plpgsql AS $$
DECLARE
    recheck constant interval := pause_recheck();
BEGIN
    RETURN ARRAY(
        SELECT ROW(d.id, greatest(
            CASE WHEN d.paused_until IS NOT NULL THEN least(d.paused_until, moment + recheck) + random() * recheck END,
            greatest(p.until, moment) + random() * make_interval(secs => p.probe_seconds)
        ), NULL)::deferral
        FROM unnest(due) AS d
        LEFT JOIN pauses AS p ON p.automatic AND p.channel = d.channel
        WHERE (d.paused_until IS NOT NULL OR p.id IS NOT NULL) AND NOT probes ? d.id::text
    );
END
$$;

-- Make deferred deliveries due later, and return their ids. A deferred replay becomes pending again: its message is
-- acknowledged, so only the row can remember it.
CREATE OR REPLACE FUNCTION make_due_later(deferrals deferral[], moment timestamptz) RETURNS uuid[]
LANGUAGE plpgsql AS $$
DECLARE
    moved uuid[];
BEGIN
    WITH later AS (
        UPDATE deliveries AS d
        SET
            status = 'pending', available_at = made.until, dispatched_at = NULL,
            attempts = CASE d.status WHEN 'failed' THEN 0 ELSE d.attempts END, finished_at = NULL, permanent = false,
            history = add_history(d.history, jsonb_build_object(
                'event', 'paused', 'at', moment, 'code', made.code, 'replay', CASE d.status WHEN 'failed' THEN true END
            ))
        FROM unnest(deferrals) AS made
        WHERE d.id = made.id
        RETURNING d.id
    )
    SELECT coalesce(array_agg(later.id), '{}') INTO moved FROM later;
    RETURN moved;
END
$$;
