-- Claim a batch of deliveries and return what the worker needs to send them, in one round trip.
--
-- The items must be read after the delivery's row is locked. So there are several statements, each with a new snapshot.
-- If a create joined a digest during the wait for the lock, it has committed by then, and its item is not lost.
-- The times in sent_at have the order of ids: when SQS received the message, or NULL if that is unknown.
--
-- The answer has a state for each id:
--
-- - `claimed`: with the delivery.
-- - `skipped`: with the reason.
-- - `exhausted`: failed, but not permanently. The message belongs in the dead-letter queue.
-- - `paused`: due later, and not claimed.
-- - `settled`: nothing to do.
-- - `not_found`: no such delivery.
CREATE OR REPLACE FUNCTION claim(
    ids uuid[],
    sent_at timestamptz[],
    settings jsonb,  -- RoutingSettings.for_all_events
    early interval  -- claim deliveries that are due within it: a message may arrive a little too early
) RETURNS json
LANGUAGE plpgsql
SET lock_timeout = '5s'  -- fail fast: 05_policy.sql
SET plan_cache_mode = force_generic_plan  -- 05_policy.sql, as the next two
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    moment constant timestamptz := current_moment();
    due constant uuid[] := lock_due(ids, sent_at, moment, early);
    held uuid[] := '{}';
    probes jsonb := '{}';
    reasons jsonb;
BEGIN
    reasons := exclude_items(due, moment, stack_rules(settings));
    -- A delivery that a pause defers is not claimed: its attempts, its fence and its digest stay as they are. The check
    -- comes after the locks, so that a pause counts that began during the wait for them.
    IF EXISTS (SELECT FROM pauses) OR EXISTS (SELECT FROM send_rates) THEN
        SELECT deferred.held, deferred.probes INTO held, probes FROM defer(due, moment) AS deferred;
    END IF;
    PERFORM take(due, held, reasons, moment);
    RETURN claim_results(ids, due, held, probes, moment);
END
$$;

-- Lock the deliveries and return those that may be claimed. A message that is younger than the failure of its delivery
-- is a replay and revives it. An older message does not. Lock order: docs/architecture.md#the-lock-order.
CREATE OR REPLACE FUNCTION lock_due(
    ids uuid[], sent_at timestamptz[], moment timestamptz, early interval
) RETURNS uuid[]
LANGUAGE plpgsql AS $$
BEGIN
    RETURN (
        WITH locked AS MATERIALIZED (
            SELECT d.id, d.status, d.available_at, d.finished_at FROM deliveries AS d
            WHERE d.id = ANY (ids)
            ORDER BY d.user_id, d.channel, d.id
            FOR NO KEY UPDATE
        )
        SELECT coalesce(array_agg(locked.id), '{}')
        FROM locked
        WHERE (locked.status = 'pending' AND locked.available_at <= moment + early)
            OR (locked.status = 'failed' AND locked.finished_at < (
                SELECT max(message.at) FROM unnest(ids, sent_at) AS message (id, at) WHERE message.id = locked.id
            ))
    );
END
$$;

-- Store the result of the final check with the items. Return the reason to skip each delivery that has no item to send.
CREATE OR REPLACE FUNCTION exclude_items(due uuid[], moment timestamptz, rules stack_rule[]) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    sends uuid[];
    notable item_check[];
BEGIN
    SELECT
        array_agg(DISTINCT made.delivery_id) FILTER (WHERE made.reason IS NULL),
        array_agg(made) FILTER (WHERE made.reason IS NOT NULL OR made.changed)
    INTO sends, notable FROM final_check(due, moment, rules) AS made;
    IF notable IS NOT NULL THEN
        UPDATE delivery_items AS i
        SET left_out = made.reason, left_out_claim = CASE
                WHEN made.reason IS NULL THEN NULL
                WHEN i.left_out IS NULL THEN d.claim_no + 1
                ELSE i.left_out_claim
            END
        FROM unnest(notable) AS made, deliveries AS d
        WHERE made.changed AND d.id = made.delivery_id
            AND i.notification_id = made.notification_id AND i.channel = made.channel;
    END IF;
    IF cardinality(sends) = cardinality(due) THEN
        RETURN '{}';
    END IF;
    RETURN coalesce(jsonb_object_agg(emptied.id, emptied.reason), '{}')
    FROM (
        SELECT id, nothing_left(array_agg(made.reason)) AS reason
        FROM unnest(due) AS id LEFT JOIN unnest(notable) AS made ON made.delivery_id = id
        WHERE id <> ALL (coalesce(sends, '{}'))
        GROUP BY id
    ) AS emptied;
END
$$;

-- Mark deliveries as claimed. Skip those with a reason. A skip is a claim that ends at once.
CREATE OR REPLACE FUNCTION take(due uuid[], held uuid[], reasons jsonb, moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE deliveries AS d
    SET
        status = 'sending', claim_no = d.claim_no + 1, locked_at = moment, finished_at = NULL,
        attempts = CASE d.status WHEN 'failed' THEN 1 ELSE d.attempts + 1 END,
        open_digest_key = NULL, permanent = false,
        history = add_history(d.history, jsonb_build_object(
            'event', 'claimed', 'at', moment, 'claim_no', d.claim_no + 1,
            'replay', CASE d.status WHEN 'failed' THEN true END
        ))
    WHERE d.id = ANY (due) AND d.id <> ALL (held);

    IF reasons <> '{}' THEN
        UPDATE deliveries AS d
        SET
            status = 'skipped', locked_at = NULL, finished_at = moment, error_code = reasons ->> d.id::text,
            last_error = NULL, history = add_history(d.history, jsonb_build_object(
                'event', 'skipped', 'at', moment, 'claim_no', d.claim_no, 'code', reasons ->> d.id::text
            ))
        WHERE d.id = ANY (due) AND d.id <> ALL (held) AND reasons ? d.id::text;
    END IF;
END
$$;
