-- Delete all that is stored about a person, what is kept for audit too. Returns the devices that went, with what SNS
-- must be told.
--
-- Notifications, then what counts for the limits, then deliveries are locked before a notification is deleted: the order
-- of pruning, retracting and creating. What a create commits after the first lock came after the erasing, and stays
-- whole: deleting it too would lock out of order, and could part a notification from its delivery. A worker that holds
-- one of the deliveries finds no row when it is done.
CREATE OR REPLACE FUNCTION notification_erase_person(person text) RETURNS jsonb
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
        -- What is shown, what is archived, what is hidden: each has an index, and no index has all of them.
        WHERE (n.user_id = person AND n.in_app AND n.archived_at IS NULL)
            OR (n.user_id = person AND n.in_app AND n.archived_at IS NOT NULL)
            OR (n.user_id = person AND NOT n.in_app)
        ORDER BY n.id
        FOR UPDATE
    ) AS theirs;
    -- Before the deliveries, as a create does, and its channels in a create's order.
    PERFORM FROM notification_rate_limits WHERE user_id = person ORDER BY channel FOR UPDATE;
    DELETE FROM notification_rate_limits WHERE user_id = person;
    SELECT array_agg(id) INTO delivery_ids FROM (
        SELECT d.id FROM notification_deliveries AS d
        WHERE d.id IN (
            SELECT i.delivery_id FROM notification_delivery_items AS i WHERE i.notification_id = ANY (their_ids)
        )
        ORDER BY d.user_id, d.channel, d.id
        FOR UPDATE
    ) AS deliveries;

    -- A phone may be somebody else's soon: it goes as any device does (52_devices.sql). The caller disabled what it knew of,
    -- and waited; one that was registered since may be pushed to.
    SELECT array_agg(id) INTO device_ids FROM (
        SELECT id FROM notification_devices WHERE user_id = person ORDER BY id FOR UPDATE
    ) AS theirs;
    IF device_ids IS NOT NULL AND notification_pushing(person) THEN
        RAISE EXCEPTION 'a push is on its way' USING ERRCODE = 'serialization_failure';  -- to be asked for again
    END IF;

    DELETE FROM notifications WHERE id = ANY (their_ids);  -- their items follow
    DELETE FROM notification_deliveries AS d
    WHERE d.id = ANY (delivery_ids)
        AND NOT EXISTS (SELECT FROM notification_delivery_items AS i WHERE i.delivery_id = d.id);

    WITH gone AS (
        DELETE FROM notification_devices WHERE id = ANY (device_ids) RETURNING platform, token, endpoint_arn
    )
    SELECT coalesce(jsonb_agg(to_jsonb(gone)), '[]') INTO devices FROM gone;
    -- Contact data between the lock and the deletion of preferences: an unsubscribing that holds them may be about to store
    -- preferences, and whoever comes later finds nobody to do so for. Where there are none, some are made to be held:
    -- others that came between a look and the deletion below would be held by who waits for the contact data.
    INSERT INTO notification_preferences (user_id, updated_at) VALUES (person, notification_now())
    ON CONFLICT (user_id) DO UPDATE SET updated_at = excluded.updated_at;
    DELETE FROM notification_recipients WHERE user_id = person;
    DELETE FROM notification_preferences WHERE user_id = person;
    RETURN devices;
END
$$;
