-- Items whose notification or delivery does not exist, or whose delivery is for another person or channel. Foreign keys
-- forbid the first, but a partial restore does not check them.
SELECT
    i.notification_id, i.delivery_id, count(*) OVER () AS broken,
    i.channel || ': ' || CASE
        WHEN n.id IS NULL THEN 'no such notification'
        WHEN d.id IS NULL THEN 'no such delivery'
        WHEN d.user_id <> n.user_id THEN 'the delivery is for somebody else'
        ELSE 'the delivery is for ' || d.channel
    END AS detail
FROM delivery_items AS i
LEFT JOIN notifications AS n ON n.id = i.notification_id
LEFT JOIN deliveries AS d ON d.id = i.delivery_id
WHERE n.id IS NULL OR d.id IS NULL OR d.user_id <> n.user_id OR d.channel <> i.channel
ORDER BY i.notification_id
LIMIT %(rows)s
