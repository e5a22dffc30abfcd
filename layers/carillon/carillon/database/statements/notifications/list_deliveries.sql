-- Return the delivery history of one notification, for its person or for the producer that recorded it.
SELECT history.story
FROM notifications AS n
CROSS JOIN LATERAL stories(ARRAY[n.id]) AS history
WHERE n.id = %(id)s AND (n.user_id = %(user_id)s OR n.created_by = %(producer)s)
