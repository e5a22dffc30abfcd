-- Delete a batch of notifications past their retention, and the deliveries whose last item they were. A notification of
-- an audit category is marked as kept instead. No later run reads again what is deleted or kept. A notification with a pending or
-- claimed delivery stays until a later run. Return the numbers of deleted and of kept rows: together a full batch, as
-- long as more rows remain.
--
-- Notifications, then deliveries are locked before a row is deleted (docs/architecture.md#the-lock-order).
CREATE OR REPLACE FUNCTION prune(
    older_than timestamptz,
    batch integer,
    audit text[],  -- the categories to keep, with all categories below them
    OUT deleted integer, OUT kept integer
)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    old_ids uuid[];
    last uuid;
    delivery_ids uuid[];
BEGIN
    old_ids := lock_old(older_than, batch);
    last := old_ids[cardinality(old_ids)];

    WITH marked AS (
        UPDATE notifications AS n
        SET kept = true
        WHERE n.id = ANY (old_ids) AND categories_of(n.event_name) && audit
        RETURNING n.id
    )
    SELECT (SELECT count(*) FROM marked), array_agg(id) FILTER (WHERE id NOT IN (SELECT id FROM marked))
    INTO kept, old_ids
    FROM unnest(old_ids) AS old (id);

    delivery_ids := lock_deliveries(old_ids);

    -- During a wait for a lock, a replay may have claimed one of them. It is on the way again, so it stays.
    SELECT array_agg(old.id) INTO old_ids
    FROM unnest(old_ids) AS old (id)
    WHERE (
        SELECT count(*) FROM delivery_items AS i
        JOIN deliveries AS d ON d.id = i.delivery_id
        WHERE i.notification_id = old.id AND d.status IN ('pending', 'sending')
    ) = 0;

    DELETE FROM notifications WHERE id = ANY (old_ids);  -- deletes its items too
    DELETE FROM deliveries AS d
    WHERE d.id = ANY (delivery_ids)
        AND NOT EXISTS (SELECT FROM delivery_items AS i WHERE i.delivery_id = d.id);
    deleted := coalesce(cardinality(old_ids), 0);
    PERFORM skip_pruned(last, older_than);
END
$$;

-- Lock the oldest notifications past their retention, and return their ids. Those that another run has locked, and
-- those with a pending or claimed delivery, are left for a later run.
CREATE OR REPLACE FUNCTION lock_old(older_than timestamptz, batch integer) RETURNS uuid[]
LANGUAGE plpgsql AS $$
BEGIN
    RETURN ARRAY(
        SELECT n.id FROM notifications AS n
        -- Ids grow with time, so they tell the age.
        WHERE n.id >= (SELECT p.up_to FROM pruned AS p) AND n.id < uuidv7_floor(older_than) AND NOT n.kept
            -- An aggregate for each row. For NOT EXISTS, the planner may read all deliveries first, because it expects
            -- few of them to be on the way.
            AND (
                SELECT count(*) FROM delivery_items AS i
                JOIN deliveries AS d ON d.id = i.delivery_id
                WHERE i.notification_id = n.id AND d.status IN ('pending', 'sending')
            ) = 0
        ORDER BY n.id
        LIMIT batch
        FOR UPDATE OF n SKIP LOCKED
    );
END
$$;

-- Move the start of the next run to the first notification that a batch left, or to the batch's last one. If the batch
-- was empty, only kept and unfinished ones are past their retention: move it to the last of them.
--
-- Without it, each batch would read past the index entries of all deleted rows. They stay until a vacuum, and no vacuum
-- removes them while an older snapshot is in use, as that of a backup.
CREATE OR REPLACE FUNCTION skip_pruned(last uuid, older_than timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    start constant uuid := (SELECT p.up_to FROM pruned AS p);
    next uuid;
BEGIN
    IF last IS NULL THEN
        SELECT n.id INTO last FROM notifications AS n
        WHERE n.id >= start AND n.id < uuidv7_floor(older_than)
        ORDER BY n.id DESC
        LIMIT 1;
    END IF;
    SELECT n.id INTO next FROM notifications AS n
    WHERE n.id >= start AND n.id < last AND NOT n.kept
    ORDER BY n.id
    LIMIT 1;
    next := coalesce(next, last);
    UPDATE pruned AS p SET up_to = next WHERE p.up_to < next;  -- another run may have moved it further
END
$$;
