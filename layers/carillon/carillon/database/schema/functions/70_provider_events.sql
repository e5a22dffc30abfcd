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

-- Record a batch of events, each a provider_event without the fields that the database finds. The thresholds of a producer's
-- reputation are in limits: reputations_of_day.
--
-- The answer has the state of each event and of its delivery now. The state of an event is recorded, repeated or
-- not_found (no such delivery, or not yet). The answer also has the day of each producer whose email bounced or was
-- complained about.
CREATE OR REPLACE FUNCTION record_provider_events(events jsonb, limits jsonb) RETURNS jsonb
LANGUAGE plpgsql
SET lock_timeout = '5s'  -- fail fast: 05_policy.sql
AS $$
DECLARE
    moment constant timestamptz := current_moment();
    listed constant provider_event[] := find_deliveries(events);
    news provider_event[];
BEGIN
    PERFORM FROM deliveries AS d
    WHERE d.id = ANY (ARRAY(SELECT event.delivery_id FROM unnest(listed) AS event))
    ORDER BY d.user_id, d.channel, d.id
    FOR NO KEY UPDATE;
    news := new_events(listed);
    PERFORM merge_events(news, moment);
    PERFORM include_accepted_items(news);
    PERFORM suppress_addresses(news, moment);
    PERFORM count_soft_bounces(news, moment);
    PERFORM pause_push(listed, news, moment);
    PERFORM disable_unreachable_devices(news, moment);
    RETURN jsonb_build_object(
        'creators', count_reputation(news, moment, limits),
        'events', (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                'position', event.position, 'delivery_id', event.delivery_id, 'status', d.status,
                'provider_status', d.provider_status,
                'state', CASE
                    WHEN d.id IS NULL THEN 'not_found'
                    WHEN told.is_new THEN 'recorded'
                    ELSE 'repeated'
                END
            ) ORDER BY event.position), '[]')
            FROM unnest(listed) AS event
            LEFT JOIN deliveries AS d ON d.id = event.delivery_id AND d.channel = event.channel
            LEFT JOIN unnest(news) AS told ON told.position = event.position
        )
    );
END
$$;

-- Return the events with their deliveries and keys. The event of a push has only the message id: its delivery is found
-- by that id.
CREATE OR REPLACE FUNCTION find_deliveries(events jsonb) RETURNS provider_event[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ARRAY(
        SELECT ROW(
            event.position, event.channel, event.kind, event.message_id, event.at, event.detail,
            coalesce(event.delivery_id, pushed.id), event.claim_no, event.addresses, event.counts, event.endpoint_arn,
            event.kind || ':' || event.message_id, NULL, NULL, event.fault
        )::provider_event
        FROM jsonb_populate_recordset(NULL::provider_event, events) AS event
        LEFT JOIN (
            SELECT d.id, message_id
            FROM deliveries AS d
            CROSS JOIN LATERAL unnest(d.provider_message_ids) AS message_id
            WHERE d.channel = 'push' AND d.provider_message_ids <> '{}' AND d.provider_message_ids && ARRAY(
                SELECT event ->> 'message_id' FROM jsonb_array_elements(events) AS event
                WHERE event ->> 'channel' = 'push'
            )
        ) AS pushed ON event.channel = 'push' AND pushed.message_id = event.message_id
    );
END
$$;

-- Return the events that are not stored yet, or are stored with a later time. Of equal events, the earliest counts.
CREATE OR REPLACE FUNCTION new_events(listed provider_event[]) RETURNS provider_event[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ARRAY(
        SELECT ROW(
            told.position, told.channel, told.kind, told.message_id, told.at, told.detail, told.delivery_id,
            told.claim_no, told.addresses, told.counts, told.endpoint_arn, told.key, stored.entry IS NULL,
            NOT EXISTS (
                SELECT FROM jsonb_each(d.provider_events) AS other (key, entry)
                WHERE other.entry ->> 'message_id' = told.message_id
            ),
            told.fault
        )::provider_event
        FROM (
            SELECT DISTINCT ON (event.delivery_id, event.key) event.*
            FROM unnest(listed) AS event
            ORDER BY event.delivery_id, event.key, event.at COLLATE "C", coalesce(event.detail, '') COLLATE "C"
        ) AS told
        JOIN deliveries AS d ON d.id = told.delivery_id AND d.channel = told.channel
        CROSS JOIN LATERAL (SELECT d.provider_events -> told.key) AS stored (entry)
        WHERE stored.entry IS NULL
            OR (told.at COLLATE "C", coalesce(told.detail, '') COLLATE "C")
                < (stored.entry ->> 'at', coalesce(stored.entry ->> 'detail', ''))
    );
END
$$;

-- Store new events with their deliveries. Every event of an email proves that the provider accepted it. So the delivery
-- is sent, whatever its state is now. After a restore of the database, the event may have a higher claim_no than the
-- row. No later claim may use that number again.
CREATE OR REPLACE FUNCTION merge_events(news provider_event[], moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH merged AS (
        SELECT
            d.id, greatest(d.claim_no, max(told.claim_no)) AS claim_no,
            d.provider_events || jsonb_object_agg(told.key, jsonb_strip_nulls(jsonb_build_object(
                'kind', told.kind, 'at', told.at, 'message_id', told.message_id, 'claim_no', told.claim_no,
                'detail', told.detail
            ))) AS provider_events,
            -- A worker that died wrote no id. Sorted, so that the order of arrival changes nothing.
            CASE WHEN array_agg(told.message_id) <@ d.provider_message_ids THEN d.provider_message_ids ELSE ARRAY(
                SELECT DISTINCT message_id COLLATE "C" AS message_id
                FROM unnest(d.provider_message_ids || array_agg(told.message_id)) AS message_id
                ORDER BY message_id
            ) END AS message_ids
        FROM unnest(news) AS told
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
END
$$;

-- Include the items again that a later claim excluded: they were in the message that the provider accepted.
CREATE OR REPLACE FUNCTION include_accepted_items(news provider_event[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE delivery_items AS i
    SET left_out = NULL, left_out_claim = NULL
    FROM (
        SELECT told.delivery_id, min(told.claim_no) AS claim_no FROM unnest(news) AS told GROUP BY told.delivery_id
    ) AS accepted
    WHERE i.delivery_id = accepted.delivery_id AND i.left_out_claim > accepted.claim_no;
END
$$;

-- Suppress the addresses of bounces and complaints. Only a new event does: after an operator has lifted the suppression,
-- a repeat must not restore it.
CREATE OR REPLACE FUNCTION suppress_addresses(news provider_event[], moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO suppressions AS s (address_hash, reason, created_at)
    SELECT
        address_hash(address),
        CASE WHEN bool_or(told.kind = 'complained') THEN 'complained' ELSE 'bounced' END, moment
    FROM unnest(news) AS told
    CROSS JOIN LATERAL unnest(told.addresses) AS address
    WHERE told.is_new AND told.kind IN ('bounced', 'complained')
    GROUP BY address_hash(address)
    ORDER BY address_hash(address)
    ON CONFLICT ON CONSTRAINT suppressions_pkey DO UPDATE SET
        reason = CASE WHEN 'complained' IN (s.reason, excluded.reason) THEN 'complained' ELSE 'bounced' END;
END
$$;

-- Disable the devices that are gone. A device stays enabled if it has registered again since, or has another owner now,
-- perhaps with an endpoint of the same name.
CREATE OR REPLACE FUNCTION disable_unreachable_devices(news provider_event[], moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    WITH gone AS (
        SELECT v.id FROM devices AS v
        JOIN (
            SELECT told.endpoint_arn, d.user_id, max(told.at)::timestamptz AS at
            FROM unnest(news) AS told
            JOIN deliveries AS d ON d.id = told.delivery_id
            WHERE told.endpoint_arn IS NOT NULL
            GROUP BY told.endpoint_arn, d.user_id
        ) AS told USING (endpoint_arn, user_id)
        WHERE v.enabled AND v.seen_at < told.at
        ORDER BY v.id
        FOR NO KEY UPDATE OF v
    )
    UPDATE devices AS v SET enabled = false, updated_at = moment FROM gone WHERE v.id = gone.id;
END
$$;
