-- Record one notification for one or many people, route it and open its deliveries: one round trip.
--
-- A function rather than a bare statement, because it keeps its plan even where the client may not prepare, and
-- because its second statement has a new snapshot: a row that another request committed after our first one is
-- found here and not by asking again. Rows are written ordered by user and channel, so that overlapping requests
-- cannot deadlock. user_ids are distinct; ids and keys run beside them.
CREATE OR REPLACE FUNCTION notification_create(
    content jsonb,
    ids uuid[],
    user_ids text[],
    keys text[],
    keys_derived boolean,  -- derived keys replay; keys that the caller chose conflict when the content differs
    creator text,
    content_hash text,
    settings jsonb,
    dispatch_ahead interval  -- deliveries due within it are the caller's to dispatch
) RETURNS jsonb
LANGUAGE plpgsql
SET lock_timeout = '3s'  -- who waits longer asks again: a function that hangs is killed, and its batch with it
AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := notification_now();
    dispatch jsonb;
    answer jsonb;
BEGIN
    WITH routed AS (
        SELECT
            requested.id, requested.user_id, requested.idempotency_key, reach.in_app,
            jsonb_build_object(
                'email', notification_route(reach.email_off, content ->> 'severity'),
                'push', notification_route(reach.push_off, content ->> 'severity')
            ) AS routing
        FROM unnest(ids, user_ids, keys) AS requested (id, user_id, idempotency_key)
        CROSS JOIN LATERAL notification_reach(requested.user_id, settings) AS reach
    ),
    inserted AS (
        INSERT INTO notifications (
            id, user_id, created_by, event_name, title, body, summary, target_url, severity, data,
            idempotency_key, request_hash, batch_key, in_app, routing, created_at, updated_at
        )
        SELECT
            id, user_id, creator, content ->> 'event_name', content ->> 'title', content ->> 'body',
            content ->> 'summary', content ->> 'target_url', content ->> 'severity', nullif(content -> 'data', 'null'),
            idempotency_key, content_hash, content ->> 'batch_key', in_app, routing, moment, moment
        FROM routed
        ORDER BY user_id
        ON CONFLICT DO NOTHING  -- no target: our own repeated id is a repeat too
        RETURNING id, user_id, routing
    ),
    planned AS MATERIALIZED (
        SELECT
            notification_uuidv7() AS delivery_id, inserted.id AS notification_id, inserted.user_id, channel,
            moment AS available_at
        FROM inserted CROSS JOIN unnest(ARRAY['email', 'push']) AS channel
        WHERE inserted.routing -> channel ->> 'action' <> 'off'
    ),
    opened AS (
        INSERT INTO notification_deliveries (id, user_id, channel, available_at, dispatched_at, created_at)
        SELECT
            delivery_id, user_id, channel, available_at,
            CASE WHEN available_at <= moment + dispatch_ahead THEN moment END, moment
        FROM planned
        ORDER BY user_id, channel
        RETURNING id, available_at, dispatched_at
    ),
    linked AS (
        INSERT INTO notification_delivery_items (notification_id, channel, delivery_id)
        SELECT notification_id, channel, delivery_id FROM planned
    )
    SELECT
        jsonb_agg(jsonb_build_object(
            'delivery_id', id, 'delay_seconds', notification_delay_seconds(available_at, moment)
        ))
    INTO dispatch
    FROM opened WHERE dispatched_at IS NOT NULL;

    -- What was not inserted is stored already: by this very request (its reply was lost, and it is no repeat to its
    -- caller) or under the same key.
    SELECT jsonb_agg(jsonb_build_object(
        'user_id', requested.user_id,
        'id', stored.id,
        'replayed', stored.id <> requested.id AND (keys_derived OR stored.request_hash = content_hash),
        'conflict', stored.id <> requested.id AND NOT (keys_derived OR stored.request_hash = content_hash),
        'notification', CASE WHEN cardinality(ids) = 1 THEN stored.notification END
    ) ORDER BY requested.position)
    INTO answer
    FROM unnest(ids, user_ids, keys) WITH ORDINALITY AS requested (id, user_id, idempotency_key, position)
    LEFT JOIN LATERAL (
        SELECT n.id, n.request_hash, CASE WHEN cardinality(ids) = 1 THEN to_jsonb(n) END AS notification
        FROM notifications AS n WHERE n.id = requested.id
        UNION ALL
        SELECT n.id, n.request_hash, CASE WHEN cardinality(ids) = 1 THEN to_jsonb(n) END
        FROM notifications AS n
        WHERE n.user_id = requested.user_id AND n.created_by = creator AND n.idempotency_key = requested.idempotency_key
        LIMIT 1
    ) AS stored ON true;

    RETURN jsonb_build_object('recipients', answer, 'dispatch', coalesce(dispatch, '[]'));
END
$$;
