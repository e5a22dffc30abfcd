-- Delete all that is stored about a person. Returns the devices that went, with what SNS must be told.
--
-- Notifications, then deliveries, are locked before anything is deleted: the order of pruning. Several statements,
-- each with a snapshot of its own: what a create committed while we waited for a lock goes too. A worker that holds
-- one of the deliveries finds no row when it is done.
CREATE OR REPLACE FUNCTION notification_erase_person(person text) RETURNS jsonb
LANGUAGE plpgsql
SET lock_timeout = '3s'  -- who waits longer asks again: a function that hangs is killed, and its batch with it
AS $$
DECLARE
    devices jsonb;
BEGIN
    PERFORM FROM notifications WHERE user_id = person ORDER BY id FOR UPDATE;
    -- Before the deliveries: a create counts a delivery first and opens it then.
    DELETE FROM notification_rate_limits WHERE user_id = person;
    PERFORM FROM notification_deliveries WHERE user_id = person ORDER BY user_id, channel, id FOR UPDATE;

    DELETE FROM notifications WHERE user_id = person;  -- their items follow
    DELETE FROM notification_deliveries WHERE user_id = person;

    PERFORM FROM notification_devices WHERE user_id = person ORDER BY id FOR UPDATE;
    WITH gone AS (
        DELETE FROM notification_devices WHERE user_id = person RETURNING platform, token, endpoint_arn
    )
    SELECT coalesce(jsonb_agg(to_jsonb(gone)), '[]') INTO devices FROM gone;
    DELETE FROM notification_preferences WHERE user_id = person;
    DELETE FROM notification_recipients WHERE user_id = person;
    RETURN devices;
END
$$;
