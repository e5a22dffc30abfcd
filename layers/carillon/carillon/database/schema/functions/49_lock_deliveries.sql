-- Lock the deliveries of notifications that are about to be deleted, in the order in which all transactions lock them.
-- Return their ids, or NULL if there are none. The caller has locked the notifications.
CREATE OR REPLACE FUNCTION lock_deliveries(notification_ids uuid[]) RETURNS uuid[]
LANGUAGE sql AS $$
    SELECT array_agg(id) FROM (
        SELECT d.id FROM deliveries AS d
        WHERE d.id IN (
            SELECT i.delivery_id FROM delivery_items AS i WHERE i.notification_id = ANY (notification_ids)
        )
        ORDER BY d.user_id, d.channel, d.id
        FOR UPDATE
    ) AS theirs
$$;
