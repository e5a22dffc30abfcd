-- Write the outcomes of a batch, fenced by claim_no: only the claim that is still in force may finish its delivery.
-- Return one row for each outcome: whether it was written, and the state of the delivery now. A caller that lost the
-- first answer may repeat the call, and gets the same answer. `reports` holds the news about the providers:
-- 44_circuit_breaker.sql and 45_send_rate.sql.
CREATE OR REPLACE FUNCTION finish(results jsonb, dispatch_ahead interval, reports jsonb DEFAULT '[]')
RETURNS SETOF finish_result
LANGUAGE plpgsql
SET lock_timeout = '5s'  -- fail fast: 05_policy.sql
SET plan_cache_mode = force_generic_plan  -- 05_policy.sql, as the next two
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    moment constant timestamptz := current_moment();
    outcomes constant outcome[] := ARRAY(SELECT o FROM jsonb_populate_recordset(NULL::outcome, results) AS o);
    ids uuid[];
    some_gone boolean;
    written finish_result[];
BEGIN
    SELECT array_agg(o.delivery_id), bool_or(o.gone_device_ids <> '{}') INTO ids, some_gone FROM unnest(outcomes) AS o;
    IF reports <> '[]' THEN
        PERFORM report_outages(reports, moment);
    END IF;
    PERFORM FROM deliveries AS d WHERE d.id = ANY (ids) ORDER BY d.user_id, d.channel, d.id FOR NO KEY UPDATE;
    IF some_gone THEN
        PERFORM disable_gone_devices(outcomes, moment);
    END IF;
    written := ARRAY(SELECT row FROM write_outcomes(outcomes, dispatch_ahead, moment) AS row);
    RETURN QUERY SELECT * FROM unnest(written);
    IF cardinality(written) < cardinality(outcomes) THEN
        RETURN QUERY SELECT * FROM unwritten_outcomes(outcomes, written, moment);
    END IF;
    IF reports <> '[]' THEN
        PERFORM adapt_send_rates(reports, moment);
    END IF;
END
$$;

-- Disable the devices that a provider reported as gone. The fence protects them as well: since the send of a late
-- worker, the device may have registered again.
CREATE OR REPLACE FUNCTION disable_gone_devices(outcomes outcome[], moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    gone uuid[];
BEGIN
    SELECT array_agg(device) INTO gone
    FROM unnest(outcomes) AS o CROSS JOIN unnest(o.gone_device_ids) AS device
    WHERE EXISTS (
        SELECT FROM deliveries AS d WHERE d.id = o.delivery_id AND d.claim_no = o.claim_no AND d.status = 'sending'
    );
    IF gone IS NULL THEN
        RETURN;
    END IF;
    PERFORM FROM devices AS v WHERE v.id = ANY (gone) ORDER BY v.id FOR NO KEY UPDATE;
    UPDATE devices AS v SET enabled = false, updated_at = moment WHERE v.id = ANY (gone) AND v.enabled;
END
$$;

-- Write the outcomes whose claim is still in force, and return what became of these.
CREATE OR REPLACE FUNCTION write_outcomes(outcomes outcome[], dispatch_ahead interval, moment timestamptz)
RETURNS SETOF finish_result
LANGUAGE plpgsql ROWS 10 AS $$
BEGIN
    RETURN QUERY
    UPDATE deliveries AS d
    SET
        status = o.next_status,
        locked_at = CASE o.next_status WHEN 'sending' THEN d.locked_at END,
        finished_at = CASE WHEN o.next_status IN ('sent', 'failed') THEN moment END,
        attempts = d.attempts - CASE WHEN o.give_back THEN 1 ELSE 0 END,
        permanent = o.permanent,
        available_at = CASE o.next_status
            WHEN 'pending' THEN moment + o.delay_seconds * interval '1 second' ELSE d.available_at
        END,
        -- The worker dispatches it now. If it is due later, the reaper does.
        dispatched_at = CASE
            WHEN o.next_status <> 'pending' THEN d.dispatched_at
            WHEN o.delay_seconds * interval '1 second' <= dispatch_ahead THEN moment
        END,
        provider_message_ids = d.provider_message_ids || o.provider_message_ids,
        error_code = o.code, last_error = o.detail,
        history = add_history(d.history, jsonb_build_object(
            'event', o.event, 'at', moment, 'claim_no', o.claim_no, 'code', o.code,
            'provider_message_ids', CASE WHEN o.provider_message_ids <> '{}' THEN o.provider_message_ids END
        ))
    FROM unnest(outcomes) AS o
    WHERE d.id = o.delivery_id AND d.claim_no = o.claim_no AND d.status = 'sending'  -- the fence
    RETURNING d.id, true, d.status::text, dispatch_delay(d.status, d.dispatched_at, d.available_at, moment);
END
$$;

-- Return what became of the other outcomes. An earlier run of this call may have written one, and its answer was lost.
CREATE OR REPLACE FUNCTION unwritten_outcomes(outcomes outcome[], written finish_result[], moment timestamptz)
RETURNS SETOF finish_result
LANGUAGE plpgsql STABLE ROWS 10 AS $$
BEGIN
    RETURN QUERY
    SELECT
        o.delivery_id, earlier.recorded, d.status::text,
        CASE WHEN earlier.recorded THEN dispatch_delay(d.status, d.dispatched_at, d.available_at, moment) END
    FROM unnest(outcomes) AS o
    LEFT JOIN deliveries AS d ON d.id = o.delivery_id
    CROSS JOIN LATERAL (
        SELECT (
            d.status = o.next_status AND d.status <> 'sending'
            AND d.history -> -1 @> jsonb_build_object('event', o.event, 'claim_no', o.claim_no)
        ) IS TRUE
    ) AS earlier (recorded)
    WHERE o.delivery_id <> ALL (ARRAY(SELECT row.delivery_id FROM unnest(written) AS row));
END
$$;

-- Return the delay of the message for a delivery whose outcome is written, in seconds. NULL: it has no message now.
CREATE OR REPLACE FUNCTION dispatch_delay(
    status delivery_status, dispatched_at timestamptz, due timestamptz, moment timestamptz
) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN status = 'pending' AND dispatched_at IS NOT NULL THEN delay_seconds(due, moment) END
$$;
