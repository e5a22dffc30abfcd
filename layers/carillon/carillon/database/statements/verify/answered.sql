-- Notifications without an answer for a channel: routing says nothing, or that something leaves, and no delivery has it.
SELECT
    n.id AS notification_id, NULL::uuid AS delivery_id, count(*) OVER () AS broken,
    asked.channel || ': ' || coalesce(n.routing -> asked.channel ->> 'action', 'no routing') || ', and no item' AS detail
FROM notifications AS n
CROSS JOIN unnest(ARRAY['email', 'push']) AS asked (channel)
WHERE n.routing -> asked.channel ->> 'action' IS DISTINCT FROM 'off'
    AND NOT EXISTS (
        SELECT FROM notification_delivery_items AS i WHERE i.notification_id = n.id AND i.channel = asked.channel
    )
ORDER BY n.id
LIMIT %(rows)s
