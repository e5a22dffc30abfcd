-- Cancel notifications in pending deliveries: a page of those recorded since a moment about an event, in the order of
-- their ids. A delivery without other items is skipped. Return the numbers of items and deliveries, and the id after
-- which the next page begins (NULL: this was the last). With dry_run it only counts.
--
-- Deliveries are locked in the lock order (docs/architecture.md#the-lock-order), and items are read after that. If a
-- claim has locked a delivery before, the worker sends it. A notification that is recorded at the same time may be
-- missed, so an operator who must not miss one sets a pause first.
CREATE OR REPLACE FUNCTION cancel(
    event text,
    since timestamptz,
    only_channel text,  -- NULL: every channel
    after uuid,
    batch integer,
    dry_run boolean,
    OUT items integer, OUT deliveries integer, OUT next_id uuid
)
LANGUAGE plpgsql
SET lock_timeout = '5s'  -- fail fast: 05_policy.sql
AS $$
DECLARE
    moment constant timestamptz := current_moment();
    found_ids uuid[];
    delivery_ids uuid[];
BEGIN
    found_ids := find_cancellable(event, since, only_channel, after, batch);
    next_id := found_ids[batch];

    SELECT array_agg(locked.id) INTO delivery_ids FROM (
        SELECT d.id FROM deliveries AS d
        WHERE d.id IN (
                SELECT i.delivery_id FROM delivery_items AS i
                WHERE i.notification_id = ANY (found_ids) AND (only_channel IS NULL OR i.channel = only_channel)
            )
        ORDER BY d.user_id, d.channel, d.id
        FOR NO KEY UPDATE
    ) AS locked;

    IF dry_run THEN
        SELECT * INTO items, deliveries FROM count_cancel(event, since, found_ids, delivery_ids);
        RETURN;
    END IF;

    UPDATE delivery_items AS i
    SET left_out = 'cancelled', left_out_claim = coalesce(i.left_out_claim, d.claim_no + 1)
    FROM deliveries AS d
    WHERE i.notification_id = ANY (found_ids) AND d.id = i.delivery_id AND d.id = ANY (delivery_ids)
        AND d.status = 'pending' AND i.left_out IS DISTINCT FROM 'cancelled';
    GET DIAGNOSTICS items = ROW_COUNT;

    -- An item that an earlier attempt excluded for another reason may be sent by the next, so the claim decides about
    -- it.
    UPDATE deliveries AS d
    SET
        status = 'skipped', finished_at = moment, open_digest_key = NULL, error_code = 'cancelled', last_error = NULL,
        history = add_history(d.history, jsonb_build_object(
            'event', 'skipped', 'at', moment, 'claim_no', nullif(d.claim_no, 0), 'code', 'cancelled'
        ))
    WHERE d.id = ANY (delivery_ids) AND d.status = 'pending'
        AND NOT EXISTS (
            SELECT FROM delivery_items AS i
            WHERE i.delivery_id = d.id AND (i.left_out IS NULL OR i.left_out NOT IN ('cancelled', 'retracted'))
        );
    GET DIAGNOSTICS deliveries = ROW_COUNT;
END
$$;

-- Return one page of notifications with a pending delivery, in the order of their ids. Ids grow with time, but the clock
-- that made them may be a little behind the database's.
CREATE OR REPLACE FUNCTION find_cancellable(
    event text, since timestamptz, only_channel text, after uuid, batch integer
) RETURNS uuid[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ARRAY(
        SELECT n.id FROM notifications AS n
        WHERE n.id > coalesce(after, uuidv7_floor(since - interval '5 minutes'))
            AND n.created_at >= since
            AND (n.event_name = event OR starts_with(n.event_name, event || '.'))
            AND EXISTS (
                SELECT FROM delivery_items AS i
                JOIN deliveries AS d ON d.id = i.delivery_id
                WHERE i.notification_id = n.id AND d.status = 'pending'
                    AND (only_channel IS NULL OR i.channel = only_channel)
                    AND i.left_out IS DISTINCT FROM 'cancelled'
                OFFSET 0  -- a plan for each notification: else the planner may read all deliveries first
            )
        ORDER BY n.id
        LIMIT batch
    );
END
$$;

-- Return how many items and deliveries a cancel of these would stop.
CREATE OR REPLACE FUNCTION count_cancel(
    event text, since timestamptz, found_ids uuid[], delivery_ids uuid[], OUT items integer, OUT deliveries integer
)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    SELECT count(*) INTO items
    FROM delivery_items AS i
    JOIN deliveries AS d ON d.id = i.delivery_id
    WHERE i.notification_id = ANY (found_ids) AND d.id = ANY (delivery_ids) AND d.status = 'pending'
        AND i.left_out IS DISTINCT FROM 'cancelled';
    -- Count the deliveries that would have no other item after this page. An item on the next page keeps its digest.
    SELECT count(*) INTO deliveries
    FROM deliveries AS d
    WHERE d.id = ANY (delivery_ids) AND d.status = 'pending' AND NOT EXISTS (
        SELECT FROM delivery_items AS i
        JOIN notifications AS n ON n.id = i.notification_id
        WHERE i.delivery_id = d.id AND (i.left_out IS NULL OR i.left_out NOT IN ('cancelled', 'retracted'))
            AND NOT (
                i.notification_id <= (SELECT max(id::text)::uuid FROM unnest(found_ids) AS found (id))
                AND n.created_at >= since AND (n.event_name = event OR starts_with(n.event_name, event || '.'))
            )
    );
END
$$;
