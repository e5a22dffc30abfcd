-- What a claim would leave out if it took these deliveries now, without taking them: the words of 40_claim.sql. For each,
-- why nothing would be sent, or NULL when something would be. Tests compare it with what the claim then does.
CREATE OR REPLACE FUNCTION notification_outlook(ids uuid[], settings jsonb)
RETURNS TABLE (delivery_id uuid, reason text)
LANGUAGE sql STABLE AS $$
    WITH items AS MATERIALIZED (
        SELECT
            i.delivery_id, i.channel, n.user_id, n.event_name, n.severity,
            CASE WHEN i.left_out = 'cancelled' THEN i.left_out END AS cancelled,
            CASE
                WHEN n.retracted_at IS NOT NULL THEN 'retracted'
                WHEN n.archived_at IS NOT NULL THEN 'archived'
                WHEN n.read_at IS NOT NULL THEN 'read'
                WHEN n.expires_at <= notification_now() THEN 'expired'
            END AS own_reason
        FROM notification_delivery_items AS i
        JOIN notifications AS n ON n.id = i.notification_id
        WHERE i.delivery_id = ANY (ids)
    ),
    kinds AS MATERIALIZED (
        SELECT
            kind.user_id, kind.channel, kind.event_name, kind.severity,
            CASE WHEN route ->> 'action' = 'off' THEN route ->> 'reason' END AS off_reason
        FROM (SELECT DISTINCT user_id, channel, event_name, severity FROM items) AS kind
        CROSS JOIN LATERAL notification_reach(
            kind.user_id, kind.event_name, kind.severity, notification_defaults(kind.event_name, settings), settings
        ) AS reach
        CROSS JOIN LATERAL (SELECT CASE kind.channel WHEN 'email' THEN email_route ELSE push_route END) AS asked (route)
    ),
    judged AS (
        SELECT items.delivery_id, coalesce(items.cancelled, kinds.off_reason, items.own_reason) AS left_out
        FROM items JOIN kinds USING (user_id, channel, event_name, severity)
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
