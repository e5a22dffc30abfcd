-- Record one notification for one or many people, route it, and open or join its deliveries, in one round trip.
--
-- A function and not a bare statement, because each of its statements has a new snapshot, which contains all that was
-- committed during a wait for a lock. Its plans are generic: they are made once for each connection. With custom plans,
-- planning would take longer than the work.
--
-- The lock order is in docs/architecture.md#the-lock-order. user_ids are distinct; ids and keys have the same order.
CREATE OR REPLACE FUNCTION create_notifications(
    content jsonb,  -- the columns of the notification
    ids uuid[],
    user_ids text[],
    keys text[],
    keys_derived boolean,  -- a derived key replays; a key of the caller conflicts if the content differs
    creator text,
    content_hash text,
    settings jsonb,  -- RoutingSettings.for_event()
    dispatch_ahead interval  -- the caller dispatches the deliveries that are due within it
) RETURNS jsonb
LANGUAGE plpgsql
SET lock_timeout = '3s'  -- fail fast: 05_policy.sql
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    n notifications := jsonb_populate_record(NULL::notifications, content);
    rules constant stack_rule[] := stack_rules(settings -> 'rules');
    categories constant text[] := categories_of(n.event_name);
    plans recipient_plan[];
    stored_ids uuid[];
    stored jsonb;  -- the row, for one recipient
    recipients jsonb;
    dispatch jsonb;
BEGIN
    n.created_by := creator;
    n.request_hash := content_hash;
    n.data := nullif(n.data, 'null');
    SELECT array_agg(plan_recipient(base, categories, n.severity, rules)) INTO plans
    FROM (
        SELECT ROW(
            position, id, user_id, key, (settings -> 'in_app_enabled')::boolean, NULL, NULL, settings ->> 'timezone',
            NULL, NULL, NULL
        )::recipient_plan
        FROM unnest(ids, user_ids, keys) WITH ORDINALITY AS requested (id, user_id, key, position)
        ORDER BY user_id
    ) AS requested (base);

    -- From here on, no other transaction can open a delivery for these people.
    INSERT INTO rate_limits AS l (user_id, used_at)
    SELECT plan.user_id, date_trunc('hour', current_moment()) FROM unnest(plans) AS plan WHERE plan.sends
    ON CONFLICT (user_id) DO UPDATE SET used_at = excluded.used_at WHERE l.used_at <> excluded.used_at;

    n.created_at := clock_moment();
    n.updated_at := n.created_at;
    SELECT array_agg(place_recipient(plan, n)) INTO plans FROM unnest(plans) AS plan;

    SELECT * INTO stored_ids, stored FROM store_notifications(plans, n);
    IF coalesce(cardinality(stored_ids), 0) < cardinality(ids) THEN
        SELECT array_agg(plan) INTO plans FROM unnest(plans) AS plan WHERE plan.notification_id = ANY (stored_ids);
        recipients := recorded_before(ids, user_ids, keys, keys_derived, creator, content_hash);
    ELSE
        SELECT jsonb_agg(jsonb_build_object(
            'user_id', plan.user_id, 'id', plan.notification_id, 'replayed', false, 'conflict', false,
            'notification', stored
        ) ORDER BY plan.position)
        INTO recipients
        FROM unnest(plans) AS plan;
    END IF;
    IF EXISTS (SELECT FROM unnest(plans) AS plan WHERE plan.sends) THEN
        dispatch := open_deliveries(plans, n.created_at, dispatch_ahead);
    END IF;
    RETURN jsonb_build_object('recipients', recipients, 'dispatch', coalesce(dispatch, '[]'));
END
$$;

-- Return the plan with a placement for each route.
CREATE OR REPLACE FUNCTION place_recipient(plan recipient_plan, n notifications) RETURNS recipient_plan
LANGUAGE plpgsql AS $$
DECLARE
    route route;
    made placement;
BEGIN
    FOREACH route IN ARRAY plan.routes LOOP
        made := schedule(route, n.event_name, n.batch_key, n.send_at, n.created_at);
        IF made.action <> 'off' THEN
            made := place(
                made, plan, n.severity = 'critical' OR made.reason = 'mandatory', n.expires_at, route.per_minute
            );
        END IF;
        plan.placements := plan.placements || made;
    END LOOP;
    RETURN plan;
END
$$;

-- Return the routing as a notification stores it. The model is Route in models/notification.py.
CREATE OR REPLACE FUNCTION stored_routing(placements placement[]) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    made placement;
    routing jsonb := '{}';
BEGIN
    FOREACH made IN ARRAY placements LOOP
        routing := routing || jsonb_build_object(made.channel, jsonb_strip_nulls(jsonb_build_object(
            'action', made.action, 'reason', made.reason, 'rule', made.rule, 'mandatory', made.mandatory,
            'leaves_at', made.leaves_at
        )));
    END LOOP;
    RETURN routing;
END
$$;

-- Store the notifications of some plans. A notification whose id or key is stored already is not stored again. Return
-- the ids of the stored ones and, for a request with one recipient, the row.
CREATE OR REPLACE FUNCTION store_notifications(plans recipient_plan[], n notifications, OUT ids uuid[], OUT stored jsonb)
LANGUAGE plpgsql AS $$
BEGIN
    WITH inserted AS (
        INSERT INTO notifications AS s (
            id, user_id, created_by, event_name, title, body, summary, target_url, severity, data,
            idempotency_key, request_hash, batch_key, in_app, routing, send_at, expires_at, created_at, updated_at
        )
        SELECT
            plan.notification_id, plan.user_id, n.created_by, n.event_name, n.title, n.body, n.summary, n.target_url,
            n.severity, n.data, plan.idempotency_key, n.request_hash, n.batch_key, plan.in_app,
            stored_routing(plan.placements), n.send_at, n.expires_at, n.created_at, n.updated_at
        FROM unnest(plans) AS plan
        ON CONFLICT DO NOTHING  -- without a target, because an id may repeat as well as a key
        RETURNING s.id, CASE WHEN cardinality(plans) = 1 THEN to_jsonb(s) END AS notification
    )
    SELECT array_agg(inserted.id), jsonb_agg(inserted.notification) -> 0 INTO ids, stored FROM inserted;
END
$$;

-- Open or join the deliveries of stored notifications. Return the deliveries that the caller must dispatch.
CREATE OR REPLACE FUNCTION open_deliveries(
    plans recipient_plan[], moment timestamptz, dispatch_ahead interval, OUT dispatch jsonb
)
LANGUAGE plpgsql AS $$
BEGIN
    WITH opened AS (
        INSERT INTO deliveries AS d (
            id, user_id, channel, open_digest_key, digest_key, available_at, first_available_at, dispatched_at,
            created_at
        )
        SELECT
            made.delivery_id, plan.user_id, made.channel, made.digest_key, made.digest_key, made.leaves_at,
            made.leaves_at, CASE WHEN made.leaves_at <= moment + dispatch_ahead THEN moment END, moment
        FROM unnest(plans) AS plan CROSS JOIN unnest(plan.placements) AS made
        WHERE made.opens
        RETURNING d.id, d.available_at, d.dispatched_at
    )
    SELECT jsonb_agg(jsonb_build_object(
        'delivery_id', opened.id, 'delay_seconds', delay_seconds(opened.available_at, moment)
    ))
    INTO dispatch
    FROM opened WHERE opened.dispatched_at IS NOT NULL;

    INSERT INTO delivery_items (notification_id, channel, delivery_id)
    SELECT plan.notification_id, made.channel, made.delivery_id
    FROM unnest(plans) AS plan CROSS JOIN unnest(plan.placements) AS made
    WHERE made.delivery_id IS NOT NULL;
END
$$;

-- Return the notifications of a request, in its order, after some were not stored: they were stored by an earlier run
-- of this request, whose answer was lost, or under the same key. Only the second is a repeat for the caller.
CREATE OR REPLACE FUNCTION recorded_before(
    ids uuid[], user_ids text[], keys text[], keys_derived boolean, creator text, content_hash text
) RETURNS jsonb
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT jsonb_agg(jsonb_build_object(
            'user_id', requested.user_id,
            'id', stored.id,
            'replayed', stored.id <> requested.id AND (keys_derived OR stored.request_hash = content_hash),
            'conflict', stored.id <> requested.id AND NOT (keys_derived OR stored.request_hash = content_hash),
            'notification', stored.notification
        ) ORDER BY requested.position)
        FROM unnest(ids, user_ids, keys) WITH ORDINALITY AS requested (id, user_id, idempotency_key, position)
        LEFT JOIN LATERAL (
            SELECT n.id, n.request_hash, CASE WHEN cardinality(ids) = 1 THEN to_jsonb(n) END AS notification
            FROM notifications AS n WHERE n.id = requested.id
            UNION ALL
            SELECT n.id, n.request_hash, CASE WHEN cardinality(ids) = 1 THEN to_jsonb(n) END
            FROM notifications AS n
            WHERE n.user_id = requested.user_id AND n.created_by = creator
                AND n.idempotency_key = requested.idempotency_key
            LIMIT 1
        ) AS stored ON true
    );
END
$$;
