-- Deliveries without an item. A delivery is deleted with its last item.
SELECT NULL::uuid AS notification_id, d.id AS delivery_id, count(*) OVER () AS broken, d.status || ', no item' AS detail
FROM deliveries AS d
WHERE NOT EXISTS (SELECT FROM delivery_items AS i WHERE i.delivery_id = d.id)
ORDER BY d.id
LIMIT %(rows)s
