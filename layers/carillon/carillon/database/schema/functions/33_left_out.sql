-- The final check: for each item of these deliveries, return why it would be excluded now (NULL: it would be sent). The
-- claim asks before it sends, and an operator asks what a replay would do.
--
-- An item is excluded if it is cancelled, retracted, read or archived in the app, expired, or off by the person's rules
-- now. A mandatory item is sent even if it was read, archived or switched off, as long as the person can be reached.
--
-- The rules are evaluated once for each most specific category that any rule names, because a digest may hold as many
-- event names as items. If a category of the stack was the reason to send, only a rule of the person can stop the item.
-- Reason: during a deploy, this function may not know that category yet.
CREATE OR REPLACE FUNCTION final_check(ids uuid[], moment timestamptz, settings jsonb)
RETURNS TABLE (notification_id uuid, channel text, delivery_id uuid, reason text)
LANGUAGE sql STABLE AS $$
    WITH items AS MATERIALIZED (
        SELECT
            i.notification_id, i.channel, i.delivery_id, i.left_out, n.user_id, n.severity,
            coalesce(named.category, '') AS category,
            coalesce((n.routing -> i.channel -> 'mandatory')::boolean, false) AS mandatory,
            starts_with(n.routing -> i.channel ->> 'rule', 'category:') IS TRUE AS by_category,
            n.retracted_at, n.archived_at, n.read_at, n.expires_at
        FROM delivery_items AS i
        JOIN notifications AS n ON n.id = i.notification_id
        LEFT JOIN preferences AS p ON p.user_id = n.user_id
        LEFT JOIN LATERAL (
            SELECT category
            FROM unnest(categories_of(n.event_name)) WITH ORDINALITY AS listed (category, position)
            WHERE p.rules ? category OR settings -> 'categories' ? category
            ORDER BY position
            LIMIT 1
        ) AS named ON true
        WHERE i.delivery_id = ANY (ids)
    ),
    -- The stack's rule of a category is the same for all people, and is the most expensive part.
    stack_rules AS MATERIALIZED (
        SELECT category, stack_defaults(category, settings) AS defaults
        FROM (SELECT DISTINCT category FROM items) AS named
    ),
    kinds AS MATERIALIZED (
        SELECT
            kind.user_id, kind.channel, category, kind.severity,
            CASE WHEN route ->> 'action' = 'off' THEN route ->> 'reason' END AS off_reason, route ->> 'rule' AS rule
        FROM (SELECT DISTINCT user_id, channel, category, severity FROM items) AS kind
        JOIN stack_rules USING (category)
        CROSS JOIN LATERAL reach(
            kind.user_id, kind.category, kind.severity, stack_rules.defaults, settings
        ) AS reach
        CROSS JOIN LATERAL (
            SELECT CASE kind.channel
                WHEN 'email' THEN email_route
                WHEN 'push' THEN push_route
                ELSE unknown_channel(kind.channel)::jsonb
            END
            OFFSET 0  -- evaluate the route once
        ) AS routed (route)
    ),
    checked AS (
        SELECT items.notification_id, items.channel, items.delivery_id, CASE
            WHEN items.left_out = 'cancelled' THEN 'cancelled'  -- by an operator, permanently
            WHEN items.retracted_at IS NOT NULL THEN 'retracted'
            WHEN kinds.rule IS NULL THEN kinds.off_reason  -- the person cannot be reached
            WHEN items.mandatory THEN NULL
            WHEN starts_with(kinds.rule, 'user') OR NOT items.by_category THEN kinds.off_reason
        END AS reason, CASE
            WHEN items.archived_at IS NOT NULL AND NOT items.mandatory THEN 'archived'
            WHEN items.read_at IS NOT NULL AND NOT items.mandatory THEN 'read'
            WHEN items.expires_at <= moment THEN 'expired'
        END AS seen
        FROM items JOIN kinds USING (user_id, channel, category, severity)
    )
    SELECT
        checked.notification_id, checked.channel, checked.delivery_id,
        coalesce(checked.reason, checked.seen)
    FROM checked
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
    FROM unnest(reasons) AS left_out (reason)
$$;
