-- Take a batch of deliveries into a worker's hands and return all that sending them needs: one round trip.
--
-- Several statements, each with a snapshot of its own, because the items must be read after the row is locked: a
-- create that joined a digest while we waited for its lock has committed by then, and its item must not be lost.
-- sent_at runs beside ids: when SQS received the message, NULL when unknown.
--
-- The answer, per id: state 'claimed' (with the delivery), 'skipped' (with the reason), 'exhausted' (failed and not
-- for good: the message belongs to the dead-letter queue), 'paused' (moved on, and never claimed), 'settled' (nothing to do)
-- or 'not_found'.
CREATE OR REPLACE FUNCTION notification_claim(
    ids uuid[],
    sent_at timestamptz[],
    settings jsonb,
    early interval  -- due within it is due: a message may arrive a little before its row says
) RETURNS jsonb
LANGUAGE plpgsql
SET lock_timeout = '5s'  -- who waits longer asks again: a function that hangs is killed, and its batch with it
AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := notification_now();
    claimed uuid[];
    held uuid[] := '{}';
    probes jsonb := '{}';
    skipped jsonb;
    answer jsonb;
BEGIN
    -- Everybody who locks several deliveries does it in this order.
    --
    -- A failed delivery is revived only by a message younger than its end: that is a replay. An older one is a
    -- leftover, and revives nothing.
    WITH locked AS MATERIALIZED (
        SELECT id, status, available_at, finished_at FROM notification_deliveries
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

    -- The last moment at which an item can be left out: retracted, read or archived in the app, expired, or no longer
    -- wanted by the person. What is mandatory is sent all the same where an address is left.
    --
    -- The rules are asked once for each kind of event, by the most specific category that any rule names: a digest may
    -- hold as many names of events as it has items. And what a category of the stack let leave is stopped by the person's
    -- own rule alone: while a deploy is under way, this function may not yet know the category.
    WITH items AS MATERIALIZED (
        SELECT
            i.notification_id, i.channel, i.left_out, n.user_id, n.severity,
            coalesce(named.category, '') AS category,
            coalesce((n.routing -> i.channel -> 'mandatory')::boolean, false) AS mandatory,
            starts_with(n.routing -> i.channel ->> 'rule', 'category:') IS TRUE AS by_category,
            n.retracted_at, n.archived_at, n.read_at, n.expires_at
        FROM notification_delivery_items AS i
        JOIN notifications AS n ON n.id = i.notification_id
        LEFT JOIN notification_preferences AS p ON p.user_id = n.user_id
        LEFT JOIN LATERAL (
            SELECT category FROM unnest(notification_categories(n.event_name)) WITH ORDINALITY AS listed (category, position)
            WHERE p.rules ? category OR settings -> 'categories' ? category
            ORDER BY position
            LIMIT 1
        ) AS named ON true
        WHERE i.delivery_id = ANY (claimed)
    ),
    kinds AS MATERIALIZED (
        SELECT
            kind.user_id, kind.channel, kind.category, kind.severity,
            CASE WHEN route ->> 'action' = 'off' THEN route ->> 'reason' END AS off_reason, route ->> 'rule' AS rule
        FROM (SELECT DISTINCT user_id, channel, category, severity FROM items) AS kind
        CROSS JOIN LATERAL notification_reach(
            kind.user_id, kind.category, kind.severity, notification_defaults(kind.category, settings), settings
        ) AS reach
        CROSS JOIN LATERAL (SELECT CASE kind.channel WHEN 'email' THEN email_route ELSE push_route END) AS asked (route)
    ),
    looked_at AS (
        SELECT items.notification_id, items.channel, items.left_out, CASE
            WHEN items.left_out = 'cancelled' THEN 'cancelled'  -- by an operator, for good
            WHEN items.retracted_at IS NOT NULL THEN 'retracted'
            WHEN kinds.rule IS NULL THEN kinds.off_reason  -- cannot be reached
            WHEN items.mandatory THEN NULL
            WHEN starts_with(kinds.rule, 'user') OR NOT items.by_category THEN kinds.off_reason
        END AS reason, CASE
            WHEN items.archived_at IS NOT NULL AND NOT items.mandatory THEN 'archived'
            WHEN items.read_at IS NOT NULL AND NOT items.mandatory THEN 'read'
            WHEN items.expires_at <= moment THEN 'expired'
        END AS seen
        FROM items JOIN kinds USING (user_id, channel, category, severity)
    )
    UPDATE notification_delivery_items AS i
    SET left_out = coalesce(looked_at.reason, looked_at.seen)
    FROM looked_at
    WHERE i.notification_id = looked_at.notification_id AND i.channel = looked_at.channel
        AND looked_at.left_out IS DISTINCT FROM coalesce(looked_at.reason, looked_at.seen);

    -- What a pause holds back is not claimed: its attempts, its fence and its digest stay as they are. Looked at after the
    -- locks, so that a pause that was set while we waited for them counts.
    IF EXISTS (SELECT FROM notification_pauses) THEN
        SELECT hold.held, hold.probes INTO held, probes FROM notification_hold(claimed, moment) AS hold;
    END IF;

    WITH taken AS (
        UPDATE notification_deliveries AS d
        SET
            status = 'sending', claim_no = d.claim_no + 1, locked_at = moment, finished_at = NULL,
            attempts = CASE d.status WHEN 'failed' THEN 1 ELSE d.attempts + 1 END,
            open_digest_key = NULL, permanent = false,
            history = notification_history(d.history, jsonb_build_object(
                'event', 'claimed', 'at', moment, 'claim_no', d.claim_no + 1,
                'replay', CASE d.status WHEN 'failed' THEN true END
            ))
        WHERE d.id = ANY (claimed) AND d.id <> ALL (held)
        RETURNING d.id
    )
    SELECT coalesce(array_agg(id), '{}') INTO claimed FROM taken;

    -- Nothing left, nothing sent.
    WITH emptied AS (
        SELECT
            c.id,
            coalesce(
                min(i.left_out) FILTER (WHERE i.left_out NOT IN ('read', 'archived', 'expired', 'retracted')),
                min('already_read') FILTER (WHERE i.left_out IN ('read', 'archived')),
                min(i.left_out),
                'already_read'
            ) AS reason
        FROM unnest(claimed) AS c (id)
        LEFT JOIN notification_delivery_items AS i ON i.delivery_id = c.id
        GROUP BY c.id
        HAVING count(*) FILTER (WHERE i.notification_id IS NOT NULL AND i.left_out IS NULL) = 0
    ),
    stopped AS (
        UPDATE notification_deliveries AS d
        SET
            status = 'skipped', locked_at = NULL, finished_at = moment, error_code = emptied.reason,
            last_error = NULL, history = notification_history(d.history, jsonb_build_object(
                'event', 'skipped', 'at', moment, 'claim_no', d.claim_no, 'code', emptied.reason
            ))
        FROM emptied
        WHERE d.id = emptied.id
        RETURNING d.id, emptied.reason
    )
    SELECT coalesce(jsonb_object_agg(id, reason), '{}') INTO skipped FROM stopped;

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
                'delivery_id', d.id, 'claim_no', d.claim_no, 'attempts', d.attempts, 'max_attempts', d.max_attempts,
                'channel', d.channel, 'email', CASE d.channel WHEN 'email' THEN r.email END, 'locale', r.locale,
                'items', listed.items, 'item_count', listed.item_count,
                'waited_ms', CASE WHEN isfinite(d.first_available_at)  -- not recorded of what is older than the column
                    THEN greatest(0, extract(epoch FROM moment - d.first_available_at) * 1000)::bigint
                END,
                'throttles', CASE d.history -> -2 ->> 'event'
                    WHEN 'throttled' THEN coalesce((d.history -> -2 ->> 'times')::integer, 1) ELSE 0
                END,
                'failed_probes', (probes -> d.id::text)::integer,
                'devices', CASE d.channel WHEN 'push' THEN (
                    -- None when the last one went since it was looked at above: the channel says so.
                    SELECT coalesce(jsonb_agg(jsonb_build_object(
                        'device_id', v.id, 'platform', v.platform, 'endpoint_arn', v.endpoint_arn
                    ) ORDER BY v.id), '[]')
                    FROM notification_devices AS v WHERE v.user_id = d.user_id AND v.enabled
                ) ELSE '[]'::jsonb END
            )
            FROM (SELECT) AS one
            LEFT JOIN notification_recipients AS r ON r.user_id = d.user_id
            CROSS JOIN LATERAL (
                SELECT
                    max(item_count) AS item_count,
                    jsonb_agg(item ORDER BY position) AS items
                FROM (
                    -- Summary and title leave the application; body and data never do. What is mandatory comes first, then
                    -- the most urgent: nobody can push it behind the twentieth.
                    SELECT
                        jsonb_build_object(
                            'title', n.title, 'summary', n.summary, 'severity', n.severity,
                            'target_url', n.target_url
                        ) AS item,
                        row_number() OVER (ORDER BY after_mandatory, notification_urgency(n.severity) DESC, n.id) AS position,
                        count(*) OVER () AS item_count
                    FROM notification_delivery_items AS i
                    JOIN notifications AS n ON n.id = i.notification_id
                    CROSS JOIN LATERAL (SELECT NOT n.routing -> i.channel ? 'mandatory') AS standing (after_mandatory)
                    WHERE i.delivery_id = d.id AND i.left_out IS NULL
                    ORDER BY after_mandatory, notification_urgency(n.severity) DESC, n.id
                    LIMIT 20
                ) AS shown
            ) AS listed
        )
    END))
    INTO answer
    FROM (SELECT DISTINCT unnest(ids) AS id) AS message
    LEFT JOIN notification_deliveries AS d ON d.id = message.id;

    RETURN coalesce(answer, '[]');
END
$$;
