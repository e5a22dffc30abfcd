-- The failed deliveries that an operator chooses. `chosen` may have the keys code, channel, user_id, creator, event,
-- since, until and ids; a missing key stands for any. The model is FailedArguments in operations/arguments.py.

-- Return whether a delivery matches. Of a digest, one notification must match the creator and the event.
CREATE OR REPLACE FUNCTION is_chosen(delivery deliveries, chosen jsonb) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT (chosen ->> 'code' IS NULL OR delivery.error_code = chosen ->> 'code')
        AND (chosen ->> 'channel' IS NULL OR delivery.channel = chosen ->> 'channel')
        AND (chosen ->> 'user_id' IS NULL OR delivery.user_id = chosen ->> 'user_id')
        AND ((chosen ->> 'creator' IS NULL AND chosen ->> 'event' IS NULL) OR EXISTS (
            SELECT FROM delivery_items AS i
            JOIN notifications AS n ON n.id = i.notification_id
            WHERE i.delivery_id = delivery.id
                AND (chosen ->> 'creator' IS NULL OR n.created_by = chosen ->> 'creator')
                AND (chosen ->> 'event' IS NULL OR n.event_name = chosen ->> 'event'
                    OR starts_with(n.event_name, (chosen ->> 'event') || '.'))
        ))
$$;

-- Return the deliveries that the ids name. An id is one of a delivery, or of a notification in deliveries. Each id has a
-- row, even if nothing has it.
CREATE OR REPLACE FUNCTION named_deliveries(ids uuid[]) RETURNS TABLE (id uuid, delivery_id uuid)
LANGUAGE sql STABLE ROWS 100 AS $$
    SELECT named.id, found.id
    FROM unnest(ids) AS named (id)
    LEFT JOIN LATERAL (
        SELECT d.id FROM deliveries AS d WHERE d.id = named.id
        UNION
        SELECT i.delivery_id FROM delivery_items AS i WHERE i.notification_id = named.id
    ) AS found ON true
$$;

-- Return a page of the chosen deliveries that failed until `before`, the oldest failure first. The page begins after a
-- position. NULL: no bound. Ids, a person and a time use an index each.
CREATE OR REPLACE FUNCTION failed_deliveries(
    chosen jsonb, before timestamptz, after_at timestamptz, after_id uuid, batch integer
) RETURNS TABLE (id uuid, failed_at timestamptz)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    person constant text := chosen ->> 'user_id';
    ids constant uuid[] := ARRAY(SELECT jsonb_array_elements_text(chosen -> 'ids'))::uuid[];
    first constant timestamptz := greatest((chosen ->> 'since')::timestamptz, after_at, '-infinity');
    last constant timestamptz := least((chosen ->> 'until')::timestamptz, before, 'infinity');
BEGIN
    IF chosen ? 'ids' THEN
        RETURN QUERY
        SELECT d.id, d.failed_at FROM deliveries AS d
        WHERE d.id IN (SELECT named.delivery_id FROM named_deliveries(ids) AS named)
            AND d.failed_at BETWEEN first AND last AND is_chosen(d, chosen)
            AND (after_id IS NULL OR (d.failed_at, d.id) > (after_at, after_id))
        ORDER BY d.failed_at, d.id
        LIMIT batch;
    ELSIF person IS NOT NULL THEN
        RETURN QUERY
        SELECT d.id, d.failed_at FROM deliveries AS d
        WHERE d.user_id = person AND d.failed_at BETWEEN first AND last AND is_chosen(d, chosen)
            AND (after_id IS NULL OR (d.failed_at, d.id) > (after_at, after_id))
        ORDER BY d.failed_at, d.id
        LIMIT batch;
    ELSE
        RETURN QUERY
        SELECT d.id, d.failed_at FROM deliveries AS d
        WHERE d.failed_at BETWEEN first AND last AND is_chosen(d, chosen)
            AND (after_id IS NULL OR (d.failed_at, d.id) > (after_at, after_id))
        ORDER BY d.failed_at, d.id
        LIMIT batch;
    END IF;
END
$$;
