-- The final check: for each item of these deliveries, return why it would be excluded now (NULL: it would be sent). The
-- claim asks before it sends, and an operator asks what a replay would do.
--
-- An item is excluded if it is cancelled, retracted, read or archived in the app, expired, or off by the person's rules
-- now. A mandatory item is sent even if it was read, archived or switched off, as long as the person can be reached.
--
-- If a category of the stack was the reason to send, only a rule of the person can stop the item. Reason: during a
-- deploy, this function may not know that category yet.
CREATE OR REPLACE FUNCTION final_check(ids uuid[], moment timestamptz, rules stack_rule[])
RETURNS SETOF item_check
LANGUAGE plpgsql STABLE ROWS 10 AS $$
#variable_conflict use_column
DECLARE
    declared constant text[] := ARRAY(SELECT DISTINCT rule.category FROM unnest(rules) AS rule);
BEGIN
    RETURN QUERY
    WITH items AS MATERIALIZED (
        SELECT
            i.notification_id, i.channel::text, i.delivery_id, i.left_out, n.event_name, n.severity,
            n.routing -> i.channel AS routed, n.retracted_at, n.archived_at, n.read_at, n.expires_at, p.choices
        FROM delivery_items AS i
        CROSS JOIN LATERAL (SELECT * FROM notifications AS n WHERE n.id = i.notification_id OFFSET 0) AS n
        JOIN choices_of(ids) AS p USING (user_id)
        WHERE i.delivery_id = ANY (ids)
    ),
    -- People with the same choices have the same routes.
    routes AS MATERIALIZED (
        SELECT kind.*, route_for(
            kind.choices, rule,
            CASE WHEN (kind.choices).rules <> '{}' THEN categories_of(kind.event_name) END, kind.severity
        ) AS route
        FROM (SELECT DISTINCT choices, channel, event_name, severity FROM items) AS kind
        JOIN unnest(rules) AS rule
            ON rule.channel = kind.channel AND rule.category = category_for(kind.event_name, declared)
    )
    SELECT items.notification_id, items.channel, items.delivery_id, excluded.reason,
        items.left_out IS DISTINCT FROM excluded.reason
    FROM items LEFT JOIN routes AS now USING (choices, channel, event_name, severity)
    CROSS JOIN LATERAL (SELECT CASE
        WHEN items.left_out = 'cancelled' THEN 'cancelled'  -- by an operator, permanently
        WHEN items.retracted_at IS NOT NULL THEN 'retracted'
        WHEN now.channel IS NULL THEN unknown_channel(items.channel)
        WHEN (now.route).action = 'off' AND (
            (now.route).rule IS NULL  -- the person cannot be reached
            OR (items.routed -> 'mandatory' IS NULL AND (
                starts_with((now.route).rule, 'user')
                OR starts_with(items.routed ->> 'rule', 'category:') IS NOT TRUE
            ))
        ) THEN (now.route).reason
        WHEN items.archived_at IS NOT NULL AND items.routed -> 'mandatory' IS NULL THEN 'archived'
        WHEN items.read_at IS NOT NULL AND items.routed -> 'mandatory' IS NULL THEN 'read'
        WHEN items.expires_at <= moment THEN 'expired'
    END) AS excluded (reason);
END
$$;

-- Return what the people of these deliveries have chosen, and how they can be reached: what their routes depend on.
CREATE OR REPLACE FUNCTION choices_of(ids uuid[]) RETURNS TABLE (user_id text, choices recipient_state)
LANGUAGE plpgsql STABLE ROWS 1000 AS $$  -- so many that a join hashes them
DECLARE
    user_ids constant text[] := ARRAY(SELECT DISTINCT d.user_id FROM deliveries AS d WHERE d.id = ANY (ids));
BEGIN
    RETURN QUERY
    SELECT mine.user_id, ROW(
        NULL, NULL, mine.channels, mine.digest_minutes, mine.rules, NULL, NULL, mine.obstacles, NULL
    )::recipient_state
    FROM recipient_states(user_ids) AS mine;
END
$$;

-- Return the most specific category of an event that the stack's rules name; '' if none does.
CREATE OR REPLACE FUNCTION category_for(event text, declared text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    category text := event;
BEGIN
    WHILE category <> '' AND category <> ALL (declared) LOOP
        category := left(category, -strpos(reverse(category), '.'));  -- without its last word
    END LOOP;
    RETURN category;
END
$$;

-- Return why a delivery without items to send is skipped. The reasons of its items have an order: a reason that forbids
-- sending comes before one that makes it unnecessary.
CREATE OR REPLACE FUNCTION nothing_left(reasons text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(
        min(reason) FILTER (WHERE reason NOT IN ('read', 'archived', 'expired', 'retracted')),
        min('already_read') FILTER (WHERE reason IN ('read', 'archived')),
        min(reason),
        'already_read'
    )
    FROM unnest(reasons) AS excluded (reason)
$$;
