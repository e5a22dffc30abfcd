-- Delete all that is stored about a person, also what is kept for audit. Return the deleted devices, with the fields
-- that SNS needs.
--
-- All rows are locked before a notification is deleted (docs/architecture.md#the-lock-order). A notification that a
-- create commits after the first lock came after the erasing, and stays complete. To delete it too would lock out of
-- order, and could separate it from its delivery. A worker that has claimed one of the deliveries finds no row when it
-- finishes.
CREATE OR REPLACE FUNCTION erase_person(person text) RETURNS jsonb
LANGUAGE plpgsql
SET lock_timeout = '3s'  -- fail fast: 05_policy.sql
AS $$
DECLARE
    their_ids uuid[];
    delivery_ids uuid[];
    device_ids uuid[];
    devices jsonb;
BEGIN
    SELECT array_agg(id) INTO their_ids FROM (
        SELECT n.id FROM notifications AS n
        -- Shown, archived and hidden notifications have an index each; no index has all of them.
        WHERE (n.user_id = person AND n.in_app AND n.archived_at IS NULL)
            OR (n.user_id = person AND n.in_app AND n.archived_at IS NOT NULL)
            OR (n.user_id = person AND NOT n.in_app)
        ORDER BY n.id
        FOR UPDATE
    ) AS theirs;
    -- Before the deliveries, as create does.
    DELETE FROM rate_limits WHERE user_id = person;
    SELECT array_agg(id) INTO delivery_ids FROM (
        SELECT d.id FROM deliveries AS d
        WHERE d.id IN (
            SELECT i.delivery_id FROM delivery_items AS i WHERE i.notification_id = ANY (their_ids)
        )
        ORDER BY d.user_id, d.channel, d.id
        FOR UPDATE
    ) AS deliveries;

    -- A phone may soon have another owner, so its row is deleted like any device (52_devices.sql). The caller has
    -- disabled the known devices and waited. A device that was registered since then may still get a push.
    SELECT array_agg(id) INTO device_ids FROM (
        SELECT id FROM devices WHERE user_id = person ORDER BY id FOR UPDATE
    ) AS theirs;
    IF device_ids IS NOT NULL AND pushing(person) THEN
        RAISE EXCEPTION 'a push is on its way' USING ERRCODE = 'serialization_failure';  -- the caller retries
    END IF;

    DELETE FROM notifications WHERE id = ANY (their_ids);  -- deletes their items too
    DELETE FROM deliveries AS d
    WHERE d.id = ANY (delivery_ids)
        AND NOT EXISTS (SELECT FROM delivery_items AS i WHERE i.delivery_id = d.id);

    WITH gone AS (
        DELETE FROM devices WHERE id = ANY (device_ids) RETURNING platform, token, endpoint_arn
    )
    SELECT coalesce(jsonb_agg(to_jsonb(gone)), '[]') INTO devices FROM gone;
    -- Lock the preferences, delete the contact data, then delete the preferences. An unsubscribing that holds the
    -- contact data may be about to store preferences. A later one finds no person and stores none.
    -- If there are no preferences, insert a row, to have something to lock. Otherwise an unsubscribing could insert one
    -- before the deletion below, and hold it while it waits for the contact data.
    INSERT INTO preferences (user_id, updated_at) VALUES (person, current_moment())
    ON CONFLICT (user_id) DO UPDATE SET updated_at = excluded.updated_at;
    DELETE FROM recipients WHERE user_id = person;
    DELETE FROM preferences WHERE user_id = person;
    RETURN devices;
END
$$;
