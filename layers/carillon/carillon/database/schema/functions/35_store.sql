-- The writing of create, which 30_create.sql calls when all is decided: notifications, deliveries and their items.

-- Store notifications, and return the answer about those that were stored; NULL: none was. A notification whose id or
-- key is stored already is not stored again.
CREATE OR REPLACE FUNCTION insert_notifications(notes notifications[]) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    recipients jsonb;
BEGIN
    IF cardinality(notes) = 1 THEN
        RETURN insert_notification(notes[1]);
    END IF;
    WITH stored AS (
        INSERT INTO notifications AS n
        SELECT note.* FROM unnest(notes) AS note
        ON CONFLICT DO NOTHING  -- without a target, because an id may repeat as well as a key
        RETURNING n.user_id, n.id
    )
    SELECT jsonb_agg(stored_recipient(stored.user_id, stored.id, NULL)) INTO recipients FROM stored;
    RETURN recipients;
END
$$;

-- Store one notification. The statement without a set and an aggregate takes 20 µs less. Only this answer has the content.
CREATE OR REPLACE FUNCTION insert_notification(note notifications) RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO notifications VALUES (note.*) ON CONFLICT DO NOTHING RETURNING * INTO note;
    RETURN CASE WHEN FOUND THEN jsonb_build_array(stored_recipient(note.user_id, note.id, to_jsonb(note))) END;
END
$$;

-- Return the answer about a recipient whose notification was stored. The planner inlines this function.
CREATE OR REPLACE FUNCTION stored_recipient(user_id text, id uuid, notification jsonb) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object(
        'user_id', user_id, 'id', id, 'replayed', false, 'conflict', false, 'notification', notification
    )
$$;

-- Open or join the deliveries of stored notifications. Return those that the caller must dispatch. The foreign keys are
-- checked at the end of the statement.
CREATE OR REPLACE FUNCTION open_deliveries(placements placement[], moment timestamptz, dispatch_ahead interval)
RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
    dispatch jsonb;
BEGIN
    WITH opened AS (
        INSERT INTO deliveries AS d (
            id, user_id, channel, open_digest_key, digest_key, available_at, first_available_at, dispatched_at, created_at
        )
        SELECT
            made.delivery_id, made.user_id, made.channel, made.digest_key, made.digest_key, made.leaves_at,
            made.leaves_at, CASE WHEN made.leaves_at <= moment + dispatch_ahead THEN moment END, moment
        FROM unnest(placements) AS made
        WHERE made.opens
        RETURNING d.id, d.available_at, d.dispatched_at
    ),
    joined AS (
        INSERT INTO delivery_items (notification_id, channel, delivery_id)
        SELECT made.notification_id, made.channel, made.delivery_id FROM unnest(placements) AS made
    )
    SELECT jsonb_agg(jsonb_build_object(
        'delivery_id', opened.id, 'delay_seconds', delay_seconds(opened.available_at, moment)
    ))
    INTO dispatch
    FROM opened
    WHERE opened.dispatched_at IS NOT NULL;
    RETURN dispatch;
END
$$;

-- Return the notifications of a request. Some were stored before: by an earlier run of this request, whose answer was
-- lost, or under the same key. Only the second is a repeat for the caller.
CREATE OR REPLACE FUNCTION recorded_before(
    ids uuid[], user_ids text[], keys text[], keys_derived boolean, creator text, content_hash text
) RETURNS jsonb
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN jsonb_agg(jsonb_build_object(
        'user_id', requested.user_id,
        'id', stored.id,
        'replayed', stored.id <> requested.id AND (keys_derived OR stored.request_hash = content_hash),
        'conflict', stored.id <> requested.id AND NOT (keys_derived OR stored.request_hash = content_hash),
        'notification', stored.notification
    ))
    FROM unnest(ids, user_ids, keys) AS requested (id, user_id, idempotency_key)
    LEFT JOIN LATERAL (
        SELECT n.id, n.request_hash, CASE WHEN cardinality(ids) = 1 THEN to_jsonb(n) END AS notification
        FROM notifications AS n WHERE n.id = requested.id
        UNION ALL
        SELECT n.id, n.request_hash, CASE WHEN cardinality(ids) = 1 THEN to_jsonb(n) END
        FROM notifications AS n
        WHERE n.user_id = requested.user_id AND n.created_by = creator
            AND n.idempotency_key = requested.idempotency_key
        LIMIT 1
    ) AS stored ON true;
END
$$;
