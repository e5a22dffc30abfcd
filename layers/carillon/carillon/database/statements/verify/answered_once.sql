-- Notifications with two answers for a channel: routing is off, but a delivery has the item. A primary key already
-- forbids two deliveries for one channel.
SELECT
    n.id AS notification_id, i.delivery_id, count(*) OVER () AS broken,
    i.channel || ': off, ' || coalesce(n.routing -> i.channel ->> 'reason', 'no reason') || ', and an item' AS detail
FROM delivery_items AS i
JOIN notifications AS n ON n.id = i.notification_id
WHERE n.routing -> i.channel ->> 'action' = 'off'
ORDER BY n.id
LIMIT %(rows)s
