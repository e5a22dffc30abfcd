-- Delete a batch of notifications past their retention, with the deliveries whose last item they were. What belongs to
-- an audit category is marked as kept instead, once and for all: no later run looks at it again. What is still on its
-- way is left for the next time. Returns how many went and how many were marked: together a full batch, as long as
-- there is more.
--
-- Notifications, then deliveries, are locked before anything is deleted: the order of erasing a person.
CREATE OR REPLACE FUNCTION notification_prune(
    older_than timestamptz,
    batch integer,
    audit text[],  -- the categories that are kept, with all below them
    OUT deleted integer, OUT kept integer
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    old_ids uuid[];
    delivery_ids uuid[];
BEGIN
    SELECT array_agg(id) INTO old_ids FROM (
        SELECT n.id FROM notifications AS n
        -- Ids grow with time: they are the age. Its index is notifications_prunable.
        WHERE n.id < notification_uuidv7_floor(older_than) AND NOT n.kept
            -- An aggregate, asked row by row: for NOT EXISTS the planner may read all deliveries first, since it
            -- believes that few are on their way.
            AND (
                SELECT count(*) FROM notification_delivery_items AS i
                JOIN notification_deliveries AS d ON d.id = i.delivery_id
                WHERE i.notification_id = n.id AND d.status IN ('pending', 'sending')
            ) = 0
        ORDER BY n.id
        LIMIT batch
        FOR UPDATE OF n SKIP LOCKED
    ) AS old;

    WITH marked AS (
        UPDATE notifications AS n
        SET kept = true
        WHERE n.id = ANY (old_ids) AND notification_categories(n.event_name) && audit
        RETURNING n.id
    )
    SELECT (SELECT count(*) FROM marked), array_agg(id) FILTER (WHERE id NOT IN (SELECT id FROM marked))
    INTO kept, old_ids
    FROM unnest(old_ids) AS old (id);

    SELECT array_agg(id) INTO delivery_ids FROM (
        SELECT d.id FROM notification_deliveries AS d
        WHERE d.id IN (
            SELECT i.delivery_id FROM notification_delivery_items AS i WHERE i.notification_id = ANY (old_ids)
        )
        ORDER BY d.user_id, d.channel, d.id
        FOR UPDATE
    ) AS theirs;

    -- While we waited for a lock a replay may have claimed one of them: it is on its way again.
    SELECT array_agg(old.id) INTO old_ids
    FROM unnest(old_ids) AS old (id)
    WHERE (
        SELECT count(*) FROM notification_delivery_items AS i
        JOIN notification_deliveries AS d ON d.id = i.delivery_id
        WHERE i.notification_id = old.id AND d.status IN ('pending', 'sending')
    ) = 0;

    DELETE FROM notifications WHERE id = ANY (old_ids);  -- its items follow
    DELETE FROM notification_deliveries AS d
    WHERE d.id = ANY (delivery_ids)
        AND NOT EXISTS (SELECT FROM notification_delivery_items AS i WHERE i.delivery_id = d.id);
    deleted := coalesce(cardinality(old_ids), 0);
END
$$;
