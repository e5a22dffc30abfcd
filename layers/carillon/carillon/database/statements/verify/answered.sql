-- Notifications without an answer for a channel: routing has no action, or it has one and no delivery has the item.
SELECT
    n.id AS notification_id, NULL::uuid AS delivery_id, count(*) OVER () AS broken,
    listed.channel || ': ' || coalesce(n.routing -> listed.channel ->> 'action', 'no routing') || ', and no item'
        AS detail
FROM notifications AS n
CROSS JOIN unnest(%(channels)s::text[]) AS listed (channel)
WHERE n.routing -> listed.channel ->> 'action' IS DISTINCT FROM 'off'
    AND NOT EXISTS (
        SELECT FROM delivery_items AS i WHERE i.notification_id = n.id AND i.channel = listed.channel
    )
ORDER BY n.id
LIMIT %(rows)s
