-- Which items of these deliveries are left out if they leave now, and why (NULL: they are in). Asked at the last moment
-- before sending, and by an operator who wants to know what a replay would do.
--
-- Left out is what is cancelled, retracted, read or archived in the app, expired, or no longer wanted by the person. What
-- is mandatory is sent all the same where an address is left.
--
-- The rules are asked once for each kind of event, by the most specific category that any rule names: a digest may
-- hold as many names of events as it has items. And what a category of the stack let leave is stopped by the person's
-- own rule alone: while a deploy is under way, this function may not yet know the category.
CREATE OR REPLACE FUNCTION notification_left_out(ids uuid[], moment timestamptz, settings jsonb)
RETURNS TABLE (notification_id uuid, channel text, delivery_id uuid, reason text)
LANGUAGE sql STABLE AS $$
    WITH items AS MATERIALIZED (
        SELECT
            i.notification_id, i.channel, i.delivery_id, i.left_out, n.user_id, n.severity,
            coalesce(named.category, '') AS category,
            coalesce((n.routing -> i.channel -> 'mandatory')::boolean, false) AS mandatory,
            starts_with(n.routing -> i.channel ->> 'rule', 'category:') IS TRUE AS by_category,
            n.retracted_at, n.archived_at, n.read_at, n.expires_at
        FROM notification_delivery_items AS i
        JOIN notifications AS n ON n.id = i.notification_id
        LEFT JOIN notification_preferences AS p ON p.user_id = n.user_id
        LEFT JOIN LATERAL (
            SELECT category FROM unnest(notification_categories(n.event_name)) WITH ORDINALITY AS listed (category, position)
            WHERE p.rules ? category OR settings -> 'categories' ? category
            ORDER BY position
            LIMIT 1
        ) AS named ON true
        WHERE i.delivery_id = ANY (ids)
    ),
    -- What the stack says of a category is the same for everybody, and takes longest to find out.
    said AS MATERIALIZED (
        SELECT category, notification_defaults(category, settings) AS defaults
        FROM (SELECT DISTINCT category FROM items) AS named
    ),
    kinds AS MATERIALIZED (
        SELECT
            kind.user_id, kind.channel, category, kind.severity,
            CASE WHEN route ->> 'action' = 'off' THEN route ->> 'reason' END AS off_reason, route ->> 'rule' AS rule
        FROM (SELECT DISTINCT user_id, channel, category, severity FROM items) AS kind
        JOIN said USING (category)
        CROSS JOIN LATERAL notification_reach(
            kind.user_id, kind.category, kind.severity, said.defaults, settings
        ) AS reach
        CROSS JOIN LATERAL (
            SELECT CASE kind.channel
                WHEN 'email' THEN email_route
                WHEN 'push' THEN push_route
                ELSE notification_unknown_channel(kind.channel)::jsonb
            END
            OFFSET 0  -- evaluate the route once
        ) AS asked (route)
    ),
    looked_at AS (
        SELECT items.notification_id, items.channel, items.delivery_id, CASE
            WHEN items.left_out = 'cancelled' THEN 'cancelled'  -- by an operator, for good
            WHEN items.retracted_at IS NOT NULL THEN 'retracted'
            WHEN kinds.rule IS NULL THEN kinds.off_reason  -- cannot be reached
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
        looked_at.notification_id, looked_at.channel, looked_at.delivery_id,
        coalesce(looked_at.reason, looked_at.seen)
    FROM looked_at
$$;

-- Why a delivery with nothing to send is skipped, by what its items were left out for: what speaks against sending comes
-- before what made it needless.
CREATE OR REPLACE FUNCTION notification_nothing_left(reasons text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(
        min(reason) FILTER (WHERE reason NOT IN ('read', 'archived', 'expired', 'retracted')),
        min('already_read') FILTER (WHERE reason IN ('read', 'archived')),
        min(reason),
        'already_read'
    )
    FROM unnest(reasons) AS left_out (reason)
$$;
