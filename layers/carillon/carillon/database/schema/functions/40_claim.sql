-- Claim a batch of deliveries for a worker, and return all that it needs to send them, in one round trip.
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
    settings jsonb,
    early interval  -- claim deliveries that are due within it: a message may arrive a little too early
) RETURNS jsonb
LANGUAGE plpgsql
SET lock_timeout = '5s'  -- fail fast: 05_policy.sql
AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := current_moment();
    item_limit constant integer := item_limit();
    event_name_limit constant integer := event_name_limit();
    claimed uuid[];
    held uuid[] := '{}';
    probes jsonb := '{}';
    signing_key jsonb;
    skipped jsonb;
    answer jsonb;
BEGIN
    -- Lock order: docs/architecture.md#the-lock-order.
    --
    -- A message that is younger than the failure of its delivery is a replay and revives it. An older message does not.
    WITH locked AS MATERIALIZED (
        SELECT id, status, available_at, finished_at FROM deliveries
        WHERE id = ANY (ids)
        ORDER BY user_id, channel, id
        FOR NO KEY UPDATE
    )
    SELECT coalesce(array_agg(d.id), '{}') INTO claimed
    FROM locked AS d
    JOIN (
        SELECT id, max(sent_at) AS sent_at FROM unnest(ids, sent_at) AS message (id, sent_at) GROUP BY id
    ) AS message USING (id)
    WHERE (d.status = 'pending' AND d.available_at <= moment + early)
        OR (d.status = 'failed' AND message.sent_at > d.finished_at);

    -- The final check.
    UPDATE delivery_items AS i
    SET left_out = checked.reason, left_out_claim = CASE
            WHEN checked.reason IS NULL THEN NULL
            WHEN i.left_out IS NULL THEN d.claim_no + 1
            ELSE i.left_out_claim
        END
    FROM final_check(claimed, moment, settings) AS checked
    JOIN deliveries AS d ON d.id = checked.delivery_id
    WHERE i.notification_id = checked.notification_id AND i.channel = checked.channel
        AND i.left_out IS DISTINCT FROM checked.reason;

    -- A delivery that a pause defers is not claimed: its attempts, its fence and its digest stay as they are. The check
    -- comes after the locks, so that a pause counts that began during the wait for them.
    IF EXISTS (SELECT FROM pauses) OR EXISTS (SELECT FROM send_rates) THEN
        SELECT hold.held, hold.probes INTO held, probes FROM defer(claimed, moment) AS hold;
    END IF;

    WITH taken AS (
        UPDATE deliveries AS d
        SET
            status = 'sending', claim_no = d.claim_no + 1, locked_at = moment, finished_at = NULL,
            attempts = CASE d.status WHEN 'failed' THEN 1 ELSE d.attempts + 1 END,
            open_digest_key = NULL, permanent = false,
            history = add_history(d.history, jsonb_build_object(
                'event', 'claimed', 'at', moment, 'claim_no', d.claim_no + 1,
                'replay', CASE d.status WHEN 'failed' THEN true END
            ))
        WHERE d.id = ANY (claimed) AND d.id <> ALL (held)
        RETURNING d.id
    )
    SELECT coalesce(array_agg(id), '{}') INTO claimed FROM taken;

    -- Skip deliveries without an item to send.
    WITH emptied AS (
        SELECT
            c.id,
            nothing_left(array_agg(i.left_out)) AS reason
        FROM unnest(claimed) AS c (id)
        LEFT JOIN delivery_items AS i ON i.delivery_id = c.id
        GROUP BY c.id
        HAVING count(*) FILTER (WHERE i.notification_id IS NOT NULL AND i.left_out IS NULL) = 0
    ),
    stopped AS (
        UPDATE deliveries AS d
        SET
            status = 'skipped', locked_at = NULL, finished_at = moment, error_code = emptied.reason,
            last_error = NULL, history = add_history(d.history, jsonb_build_object(
                'event', 'skipped', 'at', moment, 'claim_no', d.claim_no, 'code', emptied.reason
            ))
        FROM emptied
        WHERE d.id = emptied.id
        RETURNING d.id, emptied.reason
    )
    SELECT coalesce(jsonb_object_agg(id, reason), '{}') INTO skipped FROM stopped;

    SELECT jsonb_build_object('id', k.id, 'secret', encode(k.secret, 'hex')) INTO signing_key
    FROM signing_keys AS k
    ORDER BY k.created_at DESC, k.id DESC
    LIMIT 1;

    SELECT jsonb_agg(jsonb_build_object('delivery_id', message.id, 'state', CASE
        WHEN d.id IS NULL THEN 'not_found'
        WHEN d.id = ANY (claimed) AND d.status = 'sending' THEN 'claimed'
        WHEN d.id = ANY (claimed) THEN 'skipped'
        WHEN d.id = ANY (held) THEN 'paused'
        WHEN d.status = 'failed' AND NOT d.permanent THEN 'exhausted'
        ELSE 'settled'
    END, 'status', d.status, 'channel', d.channel, 'claim_no', d.claim_no, 'reason', skipped ->> d.id::text,
    'delivery', CASE
        WHEN d.id = ANY (claimed) AND d.status = 'sending' THEN (
            SELECT jsonb_build_object(
                'delivery_id', d.id, 'user_id', d.user_id, 'claim_no', d.claim_no,
                'attempts', d.attempts, 'max_attempts', d.max_attempts,
                'channel', d.channel, 'email', CASE d.channel WHEN 'email' THEN r.email END, 'locale', r.locale,
                'items', listed.items, 'item_count', listed.item_count,
                'unread_count', CASE d.channel WHEN 'push' THEN unread_count(d.user_id) END,
                'waited_ms', CASE WHEN isfinite(d.first_available_at)  -- a row older than this column has no time
                    THEN greatest(0, extract(epoch FROM moment - d.first_available_at) * 1000)::bigint
                END,
                'throttles', CASE d.history -> -2 ->> 'event'
                    WHEN 'throttled' THEN coalesce((d.history -> -2 ->> 'times')::integer, 1) ELSE 0
                END,
                'failed_probes', (probes -> d.id::text)::integer,
                'signing_key', CASE d.channel WHEN 'email' THEN signing_key END,
                'all_switchable_events', CASE WHEN d.channel = 'email' AND listed.item_count > item_limit THEN (
                    -- The link to unsubscribe is also about the items that are only counted.
                    SELECT coalesce(jsonb_agg(event_name ORDER BY event_name), '[]')
                    FROM (
                        SELECT DISTINCT n.event_name
                        FROM delivery_items AS i
                        JOIN notifications AS n ON n.id = i.notification_id
                        WHERE i.delivery_id = d.id AND i.left_out IS NULL AND NOT n.routing -> i.channel ? 'mandatory'
                        LIMIT event_name_limit
                    ) AS named
                ) END,
                'paced', EXISTS (SELECT FROM send_rates AS p WHERE p.channel = d.channel),
                'devices', CASE d.channel WHEN 'push' THEN (
                    -- No device, if the last one was deleted after the final check; the channel then reports that. A
                    -- transaction that changes the owner of a device, or deletes it, waits for this lock:
                    -- 52_devices.sql.
                    SELECT coalesce(jsonb_agg(jsonb_build_object(
                        'device_id', v.id, 'platform', v.platform, 'endpoint_arn', v.endpoint_arn
                    ) ORDER BY v.id), '[]')
                    FROM (
                        SELECT id, platform, endpoint_arn FROM devices
                        WHERE user_id = d.user_id AND enabled
                        ORDER BY id
                        FOR KEY SHARE
                    ) AS v
                ) ELSE '[]'::jsonb END
            )
            FROM (SELECT) AS one
            LEFT JOIN recipients AS r ON r.user_id = d.user_id
            CROSS JOIN LATERAL (
                SELECT
                    max(item_count) AS item_count,
                    jsonb_agg(item ORDER BY position) AS items
                FROM (
                    -- Only summary and title are sent, never body and data. Mandatory items come first, then the most
                    -- urgent, so that no other item can push them beyond the limit.
                    SELECT
                        jsonb_build_object(
                            'notification_id', n.id, 'event_name', n.event_name, 'mandatory', mandatory,
                            'title', n.title, 'summary', n.summary, 'severity', n.severity,
                            'target_url', n.target_url,
                            'expires_in', ceil(extract(epoch FROM n.expires_at - moment))::bigint
                        ) AS item,
                        row_number() OVER (
                            ORDER BY mandatory DESC, urgency(n.severity) DESC, n.id
                        ) AS position,
                        count(*) OVER () AS item_count
                    FROM delivery_items AS i
                    JOIN notifications AS n ON n.id = i.notification_id
                    CROSS JOIN LATERAL (
                        SELECT coalesce(n.routing -> i.channel ? 'mandatory', false)
                    ) AS standing (mandatory)
                    WHERE i.delivery_id = d.id AND i.left_out IS NULL
                    ORDER BY mandatory DESC, urgency(n.severity) DESC, n.id
                    LIMIT item_limit
                ) AS shown
            ) AS listed
        )
    END))
    INTO answer
    FROM (SELECT DISTINCT unnest(ids) AS id) AS message
    LEFT JOIN deliveries AS d ON d.id = message.id;

    RETURN coalesce(answer, '[]');
END
$$;
