-- Feedback: the events of providers about messages that they accepted. Events may come twice, late, in any order and at
-- the same time, and the state at the end is the same. An event is stored under its kind and message. Of equal events,
-- the earliest stays. All other state is derived from the stored events.

-- Return the kind of a delivery's worst event. A push is undelivered only if none of the devices got it for which the
-- provider accepted it.
CREATE OR REPLACE FUNCTION worst_event(provider_events jsonb, message_ids text[]) RETURNS provider_status
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (told ->> 'kind')::provider_status
    FROM jsonb_each(provider_events) AS entry (key, told)
    WHERE told ->> 'kind' <> 'undelivered'
        OR (
            SELECT count(*) FROM jsonb_each(provider_events) AS device (key, told)
            WHERE device.told ->> 'kind' = 'undelivered'
        ) >= cardinality(message_ids)
    ORDER BY (told ->> 'kind')::provider_status DESC
    LIMIT 1
$$;

-- Record a batch of events.
--
-- - Each event has position, channel, kind, message_id, at (ISO 8601, UTC) and detail.
-- - An event of an email also has delivery_id, claim_no, addresses and counts (true: it harms the producer's
--   reputation).
-- - An event of a push also has endpoint_arn, if the device is gone.
-- - The thresholds of a producer's reputation are in limits: reputations_of_day.
--
-- The answer has the state of each event and of its delivery now. The state of an event is recorded, repeated or
-- not_found (no such delivery, or not yet). The answer also has the day of each producer whose email bounced or was
-- complained about.
CREATE OR REPLACE FUNCTION record_provider_events(events jsonb, limits jsonb) RETURNS jsonb
LANGUAGE plpgsql
SET lock_timeout = '5s'  -- fail fast: 05_policy.sql
AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := current_moment();
    ids uuid[];
    listed jsonb;
    news jsonb;
    creators jsonb;
BEGIN
    -- The event of a push has only the message id. Find its delivery by that id.
    SELECT jsonb_agg(to_jsonb(event) || jsonb_build_object(
        'delivery_id', coalesce(event.delivery_id, pushed.id), 'key', event.kind || ':' || event.message_id
    )), array_agg(coalesce(event.delivery_id, pushed.id))
    INTO listed, ids
    FROM jsonb_to_recordset(events) AS event (
        position integer, channel text, kind text, message_id text, at text, detail text, delivery_id uuid,
        claim_no integer, addresses text[], counts boolean, endpoint_arn text
    )
    LEFT JOIN (
        SELECT d.id, message_id
        FROM deliveries AS d
        CROSS JOIN LATERAL unnest(d.provider_message_ids) AS message_id
        WHERE d.channel = 'push' AND d.status = 'sent' AND d.provider_message_ids && ARRAY(
            SELECT event ->> 'message_id' FROM jsonb_array_elements(events) AS event WHERE event ->> 'channel' = 'push'
        )
    ) AS pushed ON event.channel = 'push' AND pushed.message_id = event.message_id;

    PERFORM FROM deliveries WHERE id = ANY (ids) ORDER BY user_id, channel, id FOR NO KEY UPDATE;

    -- The events that are not stored yet, or are stored with a later time.
    SELECT coalesce(jsonb_agg(to_jsonb(told)), '[]') INTO news
    FROM (
        SELECT DISTINCT ON (event.delivery_id, event.key)
            event.*,
            NOT d.provider_events ? event.key AS is_new,
            NOT EXISTS (
                SELECT FROM jsonb_each(d.provider_events) AS stored (key, told)
                WHERE stored.told ->> 'message_id' = event.message_id
            ) AS is_first,
            jsonb_strip_nulls(jsonb_build_object(
                'kind', event.kind, 'at', event.at, 'message_id', event.message_id, 'claim_no', event.claim_no,
                'detail', event.detail
            )) AS entry
        FROM jsonb_to_recordset(listed) AS event (
            position integer, channel text, kind text, message_id text, at text, detail text, delivery_id uuid,
            claim_no integer, addresses text[], counts boolean, endpoint_arn text, key text
        )
        JOIN deliveries AS d ON d.id = event.delivery_id AND d.channel = event.channel
        ORDER BY event.delivery_id, event.key, event.at COLLATE "C", coalesce(event.detail, '') COLLATE "C"
    ) AS told
    JOIN deliveries AS d ON d.id = told.delivery_id
    CROSS JOIN LATERAL (SELECT d.provider_events -> told.key) AS kept (entry)
    WHERE told.is_new
        OR (told.at COLLATE "C", coalesce(told.detail, '') COLLATE "C")
            < (kept.entry ->> 'at', coalesce(kept.entry ->> 'detail', ''));

    -- Every event of an email proves that the provider accepted it. So the delivery is sent, whatever its state is now.
    -- After a restore of the database, the event may have a higher claim_no than the row. No later claim may use that
    -- number again.
    WITH merged AS (
        SELECT
            d.id, greatest(d.claim_no, max(told.claim_no)) AS claim_no,
            d.provider_events || jsonb_object_agg(told.key, told.entry) AS provider_events,
            -- Sorted, so that the order of arrival changes nothing.
            CASE d.channel WHEN 'push' THEN d.provider_message_ids ELSE ARRAY(
                SELECT DISTINCT message_id COLLATE "C" AS message_id
                FROM unnest(d.provider_message_ids || array_agg(told.message_id)) AS message_id
                ORDER BY message_id
            ) END AS message_ids
        FROM jsonb_to_recordset(news) AS told (
            delivery_id uuid, key text, entry jsonb, message_id text, claim_no integer
        )
        JOIN deliveries AS d ON d.id = told.delivery_id
        GROUP BY d.id
    )
    UPDATE deliveries AS d
    SET
        status = 'sent', claim_no = merged.claim_no, locked_at = NULL, open_digest_key = NULL, permanent = false,
        finished_at = CASE d.status WHEN 'sent' THEN d.finished_at ELSE moment END,
        error_code = CASE d.status WHEN 'sent' THEN d.error_code END,
        last_error = CASE d.status WHEN 'sent' THEN d.last_error END,
        provider_events = merged.provider_events,
        provider_message_ids = merged.message_ids,
        provider_status = worst_event(merged.provider_events, merged.message_ids)
    FROM merged
    WHERE d.id = merged.id;

    -- An item that a later claim excluded was in the message that the provider accepted.
    UPDATE delivery_items AS i
    SET left_out = NULL, left_out_claim = NULL
    FROM (
        SELECT delivery_id, min(claim_no) AS claim_no
        FROM jsonb_to_recordset(news) AS told (delivery_id uuid, claim_no integer)
        GROUP BY delivery_id
    ) AS accepted
    WHERE i.delivery_id = accepted.delivery_id AND i.left_out_claim > accepted.claim_no;

    -- Only a new event suppresses an address. After an operator has lifted the suppression, a repeat must not restore
    -- it.
    INSERT INTO suppressions AS s (address_hash, reason, created_at)
    SELECT
        address_hash(address),
        CASE WHEN bool_or(kind = 'complained') THEN 'complained' ELSE 'bounced' END, moment
    FROM jsonb_to_recordset(news) AS told (kind text, addresses text[], is_new boolean)
    CROSS JOIN LATERAL unnest(told.addresses) AS address
    WHERE told.is_new AND told.kind IN ('bounced', 'complained')
    GROUP BY address_hash(address)
    ORDER BY address_hash(address)
    ON CONFLICT (address_hash) DO UPDATE SET
        reason = CASE WHEN 'complained' IN (s.reason, excluded.reason) THEN 'complained' ELSE 'bounced' END;

    -- Disable the device, unless it has registered again since, or has another owner now, perhaps with an endpoint of
    -- the same name.
    WITH gone AS (
        SELECT v.id FROM devices AS v
        JOIN (
            SELECT told.endpoint_arn, d.user_id, max(told.at)::timestamptz AS at
            FROM jsonb_to_recordset(news) AS told (delivery_id uuid, endpoint_arn text, at text)
            JOIN deliveries AS d ON d.id = told.delivery_id
            WHERE told.endpoint_arn IS NOT NULL
            GROUP BY told.endpoint_arn, d.user_id
        ) AS told USING (endpoint_arn, user_id)
        WHERE v.enabled AND v.seen_at < told.at
        ORDER BY v.id
        FOR NO KEY UPDATE OF v
    )
    UPDATE devices AS v SET enabled = false, updated_at = moment FROM gone WHERE v.id = gone.id;

    creators := count_reputation(news, moment, limits);

    RETURN jsonb_build_object('creators', creators, 'events', (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'position', event.position, 'delivery_id', event.delivery_id, 'status', d.status,
            'provider_status', d.provider_status,
            'state', CASE
                WHEN d.id IS NULL THEN 'not_found'
                WHEN told.is_new THEN 'recorded'
                ELSE 'repeated'
            END
        ) ORDER BY event.position), '[]')
        FROM jsonb_to_recordset(listed) AS event (position integer, delivery_id uuid, channel text)
        LEFT JOIN deliveries AS d ON d.id = event.delivery_id AND d.channel = event.channel
        LEFT JOIN jsonb_to_recordset(news) AS told (position integer, is_new boolean) ON told.position = event.position
    ));
END
$$;
