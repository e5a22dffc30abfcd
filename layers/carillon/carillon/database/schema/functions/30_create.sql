-- Record one notification for one or many people, route it, and open or join its deliveries, in one round trip.
--
-- A function and not a bare statement, because each of its statements has a new snapshot, which contains all that was
-- committed during a wait for a lock. Its plans are generic: they are made once for each connection. With custom plans,
-- planning would take longer than the work.
--
-- user_ids are distinct, and sorted by their bytes: the order in which their rows are locked
-- (docs/architecture.md#the-lock-order). ids and keys have the same order.
CREATE OR REPLACE FUNCTION create_notifications(
    content jsonb,  -- the columns of the notification, and its `texts` by language: 29_languages.sql
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
SET plan_cache_mode = force_generic_plan  -- 05_policy.sql, as the next two
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    n notifications := jsonb_populate_record(NULL::notifications, content);
    plans recipient_plan[] := plan_recipients(
        user_ids, n, jsonb_populate_record(NULL::routing_settings, settings)
    );
    notes notifications[];
    placements placement[];
    recipients jsonb;
    dispatch jsonb;
BEGIN
    IF any_sends(plans) THEN  -- from here on, no other transaction can open a delivery for these people
        INSERT INTO rate_limits AS l (user_id, used_at)
        SELECT plan.user_id, date_trunc('hour', current_moment()) FROM unnest(plans) AS plan WHERE plan.sends
        ON CONFLICT (user_id) DO UPDATE SET used_at = excluded.used_at WHERE l.used_at <> excluded.used_at;
    END IF;

    n.created_by := creator;
    n.request_hash := content_hash;
    n.data := nullif(n.data, 'null');
    n.kept := false;
    n.created_at := clock_moment();
    n.updated_at := n.created_at;
    SELECT * INTO notes, placements FROM place_recipients(plans, ids, keys, n);
    IF content ? 'texts' THEN
        notes := say_to_each(notes, content -> 'texts');
    END IF;
    recipients := insert_notifications(notes);
    IF recipients IS NULL OR jsonb_array_length(recipients) < cardinality(ids) THEN
        placements := ARRAY(
            SELECT made FROM unnest(placements) AS made
            WHERE made.notification_id IN (
                SELECT (stored ->> 'id')::uuid FROM jsonb_array_elements(recipients) AS stored
            )
        );
        recipients := recorded_before(ids, user_ids, keys, keys_derived, creator, content_hash);
    END IF;
    IF placements <> '{}' THEN
        dispatch := open_deliveries(placements, n.created_at, dispatch_ahead);
    END IF;
    RETURN jsonb_build_object('recipients', recipients, 'dispatch', coalesce(dispatch, '[]'));
END
$$;

-- Return the plan of each recipient, in their order.
CREATE OR REPLACE FUNCTION plan_recipients(
    user_ids text[], n notifications, settings routing_settings
) RETURNS recipient_plan[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ARRAY(
        SELECT plan_recipient(
            -- Only a rule of the person needs the categories.
            mine, CASE WHEN mine.rules <> '{}' THEN categories_of(n.event_name) END, n.severity, settings
        )
        FROM recipient_states(user_ids) AS mine
    );
END
$$;

-- Return whether a message is sent to anyone, now or later. A loop takes half the time of a query for one recipient.
CREATE OR REPLACE FUNCTION any_sends(plans recipient_plan[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    plan recipient_plan;
BEGIN
    FOREACH plan IN ARRAY plans LOOP
        IF plan.sends THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END
$$;

-- Return the notification of each recipient, with its routing, and the placements of all routes that send.
CREATE OR REPLACE FUNCTION place_recipients(
    plans recipient_plan[], ids uuid[], keys text[], n notifications,
    OUT notes notifications[], OUT placements placement[]
)
LANGUAGE plpgsql AS $$
DECLARE
    plan recipient_plan;
    route route;
    made placement;
    position integer := 0;
    channel_number integer;
    full_now text[];  -- at the moment at which all immediate messages of the request leave
BEGIN
    FOREACH plan IN ARRAY plans LOOP
        position := position + 1;
        n.id := ids[position];
        n.user_id := plan.user_id;
        n.idempotency_key := keys[position];
        n.in_app := plan.in_app;
        n.routing := '{}';
        channel_number := 0;
        FOREACH route IN ARRAY plan.routes LOOP
            channel_number := channel_number + 1;
            IF route.action = 'off' THEN
                n.routing := n.routing
                    || stored_route(route.channel, route.action, route.reason, route.rule, route.mandatory, NULL);
                CONTINUE;
            END IF;
            made := schedule(route, n);
            IF made.action = 'now' THEN
                full_now := coalesce(full_now, full_minutes(plans, made.leaves_at));
            END IF;
            made := place(
                made, plan.quiet_from, plan.quiet_to, plan.timezone, n, delivery_id_for(n.id, channel_number),
                route.per_minute,
                CASE made.action WHEN 'now' THEN made.channel || ':' || made.user_id = ANY (full_now) END
            );
            n.routing := n.routing
                || stored_route(made.channel, made.action, made.reason, made.rule, made.mandatory, made.leaves_at);
            IF made.action <> 'off' THEN
                placements := placements || made;
            END IF;
        END LOOP;
        notes := notes || n;
    END LOOP;
END
$$;

-- Return a route as a notification stores it. The model is Route in models/notification.py.
CREATE OR REPLACE FUNCTION stored_route(
    channel text, action text, reason text, rule text, mandatory boolean, leaves_at timestamptz
) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN jsonb_build_object(channel, jsonb_strip_nulls(jsonb_build_object(
        'action', action, 'reason', reason, 'rule', rule, 'mandatory', mandatory, 'leaves_at', leaves_at
    )));
END
$$;
