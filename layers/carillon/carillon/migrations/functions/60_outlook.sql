-- What a claim would leave out if it took these deliveries now, without taking them: the words of 40_claim.sql. For each,
-- why nothing would be sent, or NULL when something would be. Tests compare it with what the claim then does.
CREATE OR REPLACE FUNCTION notification_outlook(ids uuid[], settings jsonb)
RETURNS TABLE (delivery_id uuid, reason text)
LANGUAGE sql STABLE AS $$
    WITH items AS MATERIALIZED (
        SELECT
            i.delivery_id, i.channel, i.left_out, n.user_id, n.severity,
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
    kinds AS MATERIALIZED (
        SELECT
            kind.user_id, kind.channel, kind.category, kind.severity,
            CASE WHEN route ->> 'action' = 'off' THEN route ->> 'reason' END AS off_reason, route ->> 'rule' AS rule
        FROM (SELECT DISTINCT user_id, channel, category, severity FROM items) AS kind
        CROSS JOIN LATERAL notification_reach(
            kind.user_id, kind.category, kind.severity, notification_defaults(kind.category, settings), settings
        ) AS reach
        CROSS JOIN LATERAL (SELECT CASE kind.channel WHEN 'email' THEN email_route ELSE push_route END) AS asked (route)
    ),
    judged AS (
        SELECT items.delivery_id, coalesce(CASE
            WHEN items.left_out = 'cancelled' THEN 'cancelled'
            WHEN items.retracted_at IS NOT NULL THEN 'retracted'
            WHEN kinds.rule IS NULL THEN kinds.off_reason
            WHEN items.mandatory THEN NULL
            WHEN starts_with(kinds.rule, 'user') OR NOT items.by_category THEN kinds.off_reason
        END, CASE
            WHEN items.archived_at IS NOT NULL AND NOT items.mandatory THEN 'archived'
            WHEN items.read_at IS NOT NULL AND NOT items.mandatory THEN 'read'
            WHEN items.expires_at <= notification_now() THEN 'expired'
        END) AS left_out
        FROM items JOIN kinds USING (user_id, channel, category, severity)
    )
    SELECT
        asked.id,
        CASE WHEN count(*) FILTER (WHERE judged.delivery_id IS NOT NULL AND judged.left_out IS NULL) = 0 THEN
            coalesce(
                min(judged.left_out) FILTER (WHERE judged.left_out NOT IN ('read', 'archived', 'expired', 'retracted')),
                min('already_read') FILTER (WHERE judged.left_out IN ('read', 'archived')),
                min(judged.left_out),
                'already_read'
            )
        END
    FROM unnest(ids) AS asked (id)
    LEFT JOIN judged ON judged.delivery_id = asked.id
    GROUP BY asked.id
$$;
