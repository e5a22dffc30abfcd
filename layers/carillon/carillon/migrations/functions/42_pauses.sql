-- Pauses: what waits for them, and those that a channel makes itself while its provider is out.
--
-- Of the deliveries that a claim holds locked and is about to take, those that have to wait: moved on, and never claimed.
-- A delivery waits for manual pauses when each of its items still to be sent matches one. While its channel's provider is
-- out it waits whatever its items, except the probe: once the automatic pause is over, one claim takes it for a new one
-- and lets one delivery through. What has nothing to send is left to the claim, which skips it.
--
-- Nobody waits for a pause's row here: deliveries are locked already, and in everybody's order pauses come before them.
-- probes: delivery id → how many probes in a row have failed before it.
CREATE OR REPLACE FUNCTION notification_hold(ids uuid[], moment timestamptz, OUT held uuid[], OUT probes jsonb)
LANGUAGE plpgsql
AS $$
DECLARE
    -- Who ends a pause shall not wait long for what waited for it, nor be flooded.
    look_again constant interval := '150 seconds';
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

    WITH items AS (
        SELECT i.delivery_id, (
            SELECT max(p.until) FROM notification_pauses AS p
            WHERE NOT p.automatic AND p.until > moment
                AND (p.channel IS NULL OR p.channel = i.channel)
                AND (p.creator IS NULL OR p.creator = n.created_by)
                AND (p.event IS NULL OR p.event = n.event_name OR starts_with(n.event_name, p.event || '.'))
                AND NOT (p.spare_critical AND n.severity = 'critical')
        ) AS until
        FROM notification_delivery_items AS i
        JOIN notifications AS n ON n.id = i.notification_id
        WHERE i.delivery_id = ANY (ids) AND i.left_out IS NULL
    ),
    due AS (
        SELECT
            d.id, d.channel, d.attempts, d.available_at,
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
            CASE WHEN due.until IS NOT NULL THEN least(due.until, moment + look_again) + random() * look_again END,
            greatest(p.until, moment) + random() * p.probe_seconds * interval '1 second'
        ) AS until
        FROM due
        LEFT JOIN notification_pauses AS p ON p.automatic AND p.channel = due.channel
        WHERE (due.until IS NOT NULL OR p.id IS NOT NULL) AND due.id NOT IN (SELECT probing.id FROM probing)
    ),
    moved AS (
        -- A replay that has to wait is pending again: its message is acknowledged, and nothing else remembers it.
        UPDATE notification_deliveries AS d
        SET
            status = 'pending', available_at = waiting.until, dispatched_at = NULL,
            attempts = CASE d.status WHEN 'failed' THEN 0 ELSE d.attempts END, finished_at = NULL, permanent = false,
            history = notification_history(d.history, jsonb_build_object(
                'event', 'paused', 'at', moment, 'replay', CASE d.status WHEN 'failed' THEN true END
            ))
        FROM waiting
        WHERE d.id = waiting.id
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
-- then probed. Not out: a probe was answered, and the channel's own pause ends. Only a failed probe prolongs a pause: it
-- says how many failed before it, while batches that were under way when the provider went out all say the same.
-- The caller locks deliveries after this.
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
