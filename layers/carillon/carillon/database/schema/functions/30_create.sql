-- Shape of a route. A route travels as jsonb, one for each person and channel, and each step changes its keys:
--
-- - The rule (effective_rule) has `enabled`, `enabled_by`, `minimum_severity`, `severity_by` and `grouping`. It has
--   `only_if_unread_minutes` and `mandatory` only if the category of the stack sets them.
-- - The route (route) has `action` (off, now or digest) and `reason`. It has `rule`, unless the person
--   cannot be reached. It has `mandatory` only if that is the reason. A digest has `grouping` (minutes, or hourly). An
--   hourly digest also has `only_if_unread_minutes`.
-- - The scheduled route (schedule) has `leaves_at` in place of `grouping` and `only_if_unread_minutes`. A
--   digest also has `digest_key`.
-- - The placed route (place) also has `delivery_id` and `opens` (true: a new delivery). It may have
--   another `action`, `reason`, `leaves_at` and `digest_key`. If the notification expires by then, the placed route has
--   only `action` (off) and `reason` (expired).
-- - The stored route (`notifications.routing`) has no `digest_key`, `delivery_id` and `opens`. The model is Route in
--   models/notification.py.
--
-- A route with the action off passes all later steps unchanged. The variable `plans` holds the routes of each person
-- beside `in_app`, `quiet_from`, `quiet_to` and `timezone`.

-- Record one notification for one or many people, route it, and open or join its deliveries, in one round trip.
--
-- A function and not a bare statement, for two reasons. It keeps its plan even if the client may not prepare
-- statements. And each of its statements has a new snapshot, which contains all that was committed during a wait for a
-- lock.
--
-- The lock order is in docs/architecture.md#the-lock-order. user_ids are distinct; ids and keys have the same order.
CREATE OR REPLACE FUNCTION create_notifications(
    content jsonb,
    ids uuid[],
    user_ids text[],
    keys text[],
    keys_derived boolean,  -- a derived key replays; a key of the caller conflicts if the content differs
    creator text,
    content_hash text,
    settings jsonb,
    dispatch_ahead interval  -- the caller dispatches the deliveries that are due within it
) RETURNS jsonb
LANGUAGE plpgsql
SET lock_timeout = '3s'  -- fail fast: 05_policy.sql
AS $$
#variable_conflict use_column
DECLARE
    event constant text := content ->> 'event_name';
    send_at constant timestamptz := content ->> 'send_at';
    defaults constant jsonb := stack_defaults(content ->> 'event_name', settings);
    moment timestamptz;
    plans jsonb;  -- by person: see above
    dispatch jsonb;
    answer jsonb;
BEGIN
    SELECT jsonb_object_agg(person, jsonb_build_object(
        'in_app', reach.in_app, 'email', reach.email_route, 'push', reach.push_route,
        'quiet_from', reach.quiet_from, 'quiet_to', reach.quiet_to, 'timezone', reach.timezone
    ))
    INTO plans
    FROM unnest(user_ids) AS person
    CROSS JOIN LATERAL reach(person, event, content ->> 'severity', defaults, settings) AS reach;

    -- From here on, no other transaction can open a delivery for these people.
    INSERT INTO rate_limits (user_id, channel, used_at)
    SELECT person, channel, date_trunc('hour', current_moment())
    FROM unnest(user_ids) AS person CROSS JOIN unnest(ARRAY['email', 'push']) AS channel
    WHERE plans -> person -> channel ->> 'action' <> 'off'
    ORDER BY person, channel
    ON CONFLICT (user_id, channel) DO UPDATE SET used_at = excluded.used_at;

    IF FOUND THEN
        moment := clock_moment();
        SELECT jsonb_object_agg(person, plan || (
            SELECT jsonb_object_agg(channel, place(
                person, channel,
                schedule(plan -> channel, event, content ->> 'batch_key', send_at, moment),
                content ->> 'severity' = 'critical' OR plan -> channel ->> 'reason' = 'mandatory',
                (content ->> 'expires_at')::timestamptz,
                (plan ->> 'quiet_from')::time, (plan ->> 'quiet_to')::time, plan ->> 'timezone',
                (settings -> 'limits' ->> channel)::integer
            ))
            FROM unnest(ARRAY['email', 'push']) AS channel
        ))
        INTO plans
        FROM (
            SELECT person, plans -> person FROM unnest(user_ids) AS person ORDER BY person
        ) AS ordered (person, plan);
    ELSE
        moment := current_moment();
    END IF;

    WITH inserted AS (
        INSERT INTO notifications (
            id, user_id, created_by, event_name, title, body, summary, target_url, severity, data,
            idempotency_key, request_hash, batch_key, in_app, routing, send_at, expires_at, created_at, updated_at
        )
        SELECT
            id, user_id, creator, event, content ->> 'title', content ->> 'body',
            content ->> 'summary', content ->> 'target_url', content ->> 'severity', nullif(content -> 'data', 'null'),
            idempotency_key, content_hash, content ->> 'batch_key', (plan -> 'in_app')::boolean,
            jsonb_build_object(
                'email', (plan -> 'email') - '{digest_key,delivery_id,opens}'::text[],
                'push', (plan -> 'push') - '{digest_key,delivery_id,opens}'::text[]
            ),
            send_at, (content ->> 'expires_at')::timestamptz, moment, moment
        FROM unnest(ids, user_ids, keys) AS requested (id, user_id, idempotency_key)
        CROSS JOIN LATERAL (SELECT plans -> user_id) AS planned (plan)
        ORDER BY user_id
        ON CONFLICT DO NOTHING  -- without a target, because an id may repeat as well as a key
        RETURNING id, user_id
    ),
    placed AS MATERIALIZED (
        SELECT
            inserted.id AS notification_id, inserted.user_id, channel, (place ->> 'delivery_id')::uuid AS delivery_id,
            (place -> 'opens')::boolean AS opens, place ->> 'digest_key' AS digest_key,
            (place ->> 'leaves_at')::timestamptz AS leaves_at
        FROM inserted CROSS JOIN unnest(ARRAY['email', 'push']) AS channel
        CROSS JOIN LATERAL (SELECT plans -> inserted.user_id -> channel) AS planned (place)
        WHERE place ->> 'action' <> 'off'
    ),
    opened AS (
        INSERT INTO deliveries (
            id, user_id, channel, open_digest_key, digest_key, available_at, first_available_at, dispatched_at,
            created_at
        )
        SELECT
            delivery_id, user_id, channel, digest_key, digest_key, leaves_at, leaves_at,
            CASE WHEN leaves_at <= moment + dispatch_ahead THEN moment END, moment
        FROM placed
        WHERE opens
        ORDER BY user_id, channel
        RETURNING id, available_at, dispatched_at
    ),
    linked AS (
        INSERT INTO delivery_items (notification_id, channel, delivery_id)
        SELECT notification_id, channel, delivery_id FROM placed
    )
    SELECT
        jsonb_agg(jsonb_build_object(
            'delivery_id', id, 'delay_seconds', delay_seconds(available_at, moment)
        ))
    INTO dispatch
    FROM opened WHERE dispatched_at IS NOT NULL;

    -- A notification that was not inserted is stored already: by an earlier run of this request, whose reply was lost,
    -- or under the same key. Only the second is a repeat for the caller.
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
