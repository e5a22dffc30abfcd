-- Take a batch of deliveries into a worker's hands and return all that sending them needs: one round trip.
--
-- Several statements, each with a snapshot of its own, because the items must be read after the row is locked: a
-- create that joined a digest while we waited for its lock has committed by then, and its item must not be lost.
-- sent_at runs beside ids: when SQS received the message, NULL when unknown.
--
-- The answer, per id: state 'claimed' (with the delivery), 'skipped' (with the reason), 'exhausted' (failed and not
-- for good: the message belongs to the dead-letter queue), 'settled' (nothing to do) or 'not_found'.
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
    skipped jsonb;
    answer jsonb;
BEGIN
    -- Everybody who locks several deliveries does it in this order.
    PERFORM FROM notification_deliveries WHERE id = ANY (ids) ORDER BY user_id, channel, id FOR NO KEY UPDATE;

    -- A failed delivery is revived only by a message younger than its end: that is a replay. An older one is a
    -- leftover, and revives nothing.
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
        FROM (
            SELECT id, max(sent_at) AS sent_at FROM unnest(ids, sent_at) AS message (id, sent_at) GROUP BY id
        ) AS message
        WHERE d.id = message.id
            AND ((d.status = 'pending' AND d.available_at <= moment + early)
                OR (d.status = 'failed' AND message.sent_at > d.finished_at))
        RETURNING d.id
    )
    SELECT coalesce(array_agg(id), '{}') INTO claimed FROM taken;

    -- What was read or archived meanwhile is not worth a message any more.
    UPDATE notification_delivery_items AS i
    SET left_out = CASE WHEN n.archived_at IS NOT NULL THEN 'archived' WHEN n.read_at IS NOT NULL THEN 'read' END
    FROM notifications AS n
    WHERE i.delivery_id = ANY (claimed) AND n.id = i.notification_id
        AND i.left_out IS DISTINCT FROM
            CASE WHEN n.archived_at IS NOT NULL THEN 'archived' WHEN n.read_at IS NOT NULL THEN 'read' END;

    -- The last moment at which a preference or a suppression can still stop it.
    WITH stopped AS (
        UPDATE notification_deliveries AS d
        SET
            status = 'skipped', locked_at = NULL, finished_at = moment, error_code = checked.reason,
            last_error = NULL, history = notification_history(d.history, jsonb_build_object(
                'event', 'skipped', 'at', moment, 'claim_no', d.claim_no, 'code', checked.reason
            ))
        FROM (
            SELECT c.id, coalesce(
                CASE c.channel WHEN 'email' THEN reach.email_off ELSE reach.push_off END,
                CASE WHEN NOT EXISTS (
                    SELECT FROM notification_delivery_items AS i WHERE i.delivery_id = c.id AND i.left_out IS NULL
                ) THEN 'already_read' END
            ) AS reason
            FROM notification_deliveries AS c
            CROSS JOIN LATERAL notification_reach(c.user_id, settings) AS reach
            WHERE c.id = ANY (claimed)
        ) AS checked
        WHERE d.id = checked.id AND checked.reason IS NOT NULL
        RETURNING d.id, checked.reason
    )
    SELECT coalesce(jsonb_object_agg(id, reason), '{}') INTO skipped FROM stopped;

    SELECT jsonb_agg(jsonb_build_object('delivery_id', message.id, 'state', CASE
        WHEN d.id IS NULL THEN 'not_found'
        WHEN d.id = ANY (claimed) AND d.status = 'sending' THEN 'claimed'
        WHEN d.id = ANY (claimed) THEN 'skipped'
        WHEN d.status = 'failed' AND NOT d.permanent THEN 'exhausted'
        ELSE 'settled'
    END, 'status', d.status, 'reason', skipped ->> d.id::text, 'delivery', CASE
        WHEN d.id = ANY (claimed) AND d.status = 'sending' THEN (
            SELECT jsonb_build_object(
                'delivery_id', d.id, 'claim_no', d.claim_no, 'attempts', d.attempts, 'max_attempts', d.max_attempts,
                'channel', d.channel, 'email', CASE d.channel WHEN 'email' THEN reach.email END,
                'locale', reach.locale,
                'items', listed.items, 'item_count', listed.item_count,
                'devices', CASE d.channel WHEN 'push' THEN (
                    -- None when the last one went since it was looked at above: the channel says so.
                    SELECT coalesce(jsonb_agg(jsonb_build_object(
                        'device_id', v.id, 'platform', v.platform, 'endpoint_arn', v.endpoint_arn
                    ) ORDER BY v.id), '[]')
                    FROM notification_devices AS v WHERE v.user_id = d.user_id AND v.enabled
                ) ELSE '[]'::jsonb END
            )
            FROM notification_reach(d.user_id, settings) AS reach,
            LATERAL (
                SELECT
                    max(item_count) AS item_count,
                    jsonb_agg(item ORDER BY position) AS items
                FROM (
                    -- Summary and title leave the application; body and data never do.
                    SELECT
                        jsonb_build_object(
                            'title', n.title, 'summary', n.summary, 'severity', n.severity,
                            'target_url', n.target_url
                        ) AS item,
                        row_number() OVER (ORDER BY n.id) AS position,
                        count(*) OVER () AS item_count
                    FROM notification_delivery_items AS i
                    JOIN notifications AS n ON n.id = i.notification_id
                    WHERE i.delivery_id = d.id AND i.left_out IS NULL
                    ORDER BY n.id
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
