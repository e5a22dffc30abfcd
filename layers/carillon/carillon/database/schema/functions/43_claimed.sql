-- The answer to a claim. All rows are locked and changed by then: 40_claim.sql.

-- Return the result for each id: an array of claim_result. A claimed delivery has what sending it needs on any channel.
CREATE OR REPLACE FUNCTION claim_results(
    ids uuid[], due uuid[], held uuid[], probes jsonb, moment timestamptz
) RETURNS json
LANGUAGE plpgsql AS $$
DECLARE
    paced constant text[] := ARRAY(SELECT channel FROM send_rates);
BEGIN
    RETURN (
        SELECT coalesce(json_agg(ROW(
            message.id,
            CASE
                WHEN d.id IS NULL THEN 'not_found'
                WHEN d.id = ANY (held) THEN 'paused'
                WHEN d.id = ANY (due) THEN CASE d.status WHEN 'sending' THEN 'claimed' ELSE 'skipped' END
                WHEN d.status = 'failed' AND NOT d.permanent THEN 'exhausted'
                ELSE 'settled'
            END,
            d.status, d.channel, d.claim_no,
            CASE WHEN d.status = 'skipped' AND d.id = ANY (due) THEN d.error_code END,
            CASE WHEN d.status = 'sending' AND listed.delivery_id IS NOT NULL THEN ROW(
                d.id, d.user_id, d.claim_no, d.attempts, d.max_attempts, d.channel, there.locale,
                listed.items, listed.item_count,
                CASE WHEN listed.item_count > item_limit() THEN switchable_events(d.id) END,
                CASE WHEN isfinite(d.first_available_at)
                    THEN greatest(0, extract(epoch FROM moment - d.first_available_at) * 1000)::bigint
                END,
                CASE d.history -> -2 ->> 'event'
                    WHEN 'throttled' THEN coalesce((d.history -> -2 ->> 'times')::integer, 1) ELSE 0
                END,
                d.channel = ANY (paced),
                (probes -> d.id::text)::integer,
                there.destination
            )::claimed_delivery END
        )::claim_result), '[]')
        FROM (SELECT DISTINCT unnest(ids) AS id) AS message
        LEFT JOIN LATERAL (SELECT * FROM deliveries AS d WHERE d.id = message.id OFFSET 0) AS d ON true
        LEFT JOIN (
            claimed_items(due, moment) AS listed JOIN destinations(due) AS there USING (delivery_id)
        ) ON listed.delivery_id = message.id
    );
END
$$;

-- Return the items to send of each delivery. Mandatory items come first, then the most urgent, so that no other item can
-- push them beyond the limit.
CREATE OR REPLACE FUNCTION claimed_items(due uuid[], moment timestamptz)
RETURNS TABLE (delivery_id uuid, items claimed_item[], item_count integer)
LANGUAGE plpgsql STABLE ROWS 1000 AS $$  -- so many that a join hashes them
BEGIN
    RETURN QUERY
    SELECT
        i.delivery_id,
        (array_agg(ROW(
            n.id, n.event_name, n.title, n.summary, n.severity, n.target_url, standing.mandatory,
            ceil(extract(epoch FROM n.expires_at - moment))::bigint, n.channel_texts ->> i.channel
        )::claimed_item ORDER BY standing.mandatory DESC, n.severity DESC, n.id))[:item_limit()],
        count(*)::integer
    FROM delivery_items AS i
    CROSS JOIN LATERAL (SELECT * FROM notifications AS n WHERE n.id = i.notification_id OFFSET 0) AS n
    CROSS JOIN LATERAL (SELECT n.routing -> i.channel -> 'mandatory' IS NOT NULL) AS standing (mandatory)
    WHERE i.delivery_id = ANY (due) AND i.left_out IS NULL
    GROUP BY i.delivery_id;
END
$$;

-- Return the event names of a delivery's items that the person can switch off. The link to unsubscribe is also about
-- the items that the message only counts.
CREATE OR REPLACE FUNCTION switchable_events(delivery uuid) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ARRAY(
        SELECT DISTINCT n.event_name
        FROM delivery_items AS i
        JOIN notifications AS n ON n.id = i.notification_id
        WHERE i.delivery_id = delivery AND i.left_out IS NULL AND n.routing -> i.channel -> 'mandatory' IS NULL
        ORDER BY n.event_name
        LIMIT event_name_limit()
    );
END
$$;
