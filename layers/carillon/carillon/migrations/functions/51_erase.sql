-- Delete all that is stored about a person. Returns the SNS endpoints of the devices that went.
--
-- Notifications, then deliveries, are locked before anything is deleted: the order of pruning. Several statements,
-- each with a snapshot of its own: what a create committed while we waited for a lock goes too. A worker that holds
-- one of the deliveries finds no row when it is done.
CREATE OR REPLACE FUNCTION notification_erase(person text) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
    endpoint_arns text[];
BEGIN
    PERFORM FROM notifications WHERE user_id = person ORDER BY id FOR UPDATE;
    -- Before the deliveries: a create counts a delivery first and opens it then.
    DELETE FROM notification_rate_limits WHERE user_id = person;
    PERFORM FROM notification_deliveries WHERE user_id = person ORDER BY user_id, channel, id FOR UPDATE;

    DELETE FROM notifications WHERE user_id = person;  -- their items follow
    DELETE FROM notification_deliveries WHERE user_id = person;

    PERFORM FROM notification_devices WHERE user_id = person ORDER BY id FOR UPDATE;
    WITH gone AS (
        DELETE FROM notification_devices WHERE user_id = person RETURNING endpoint_arn
    )
    SELECT coalesce(array_agg(endpoint_arn), '{}') INTO endpoint_arns FROM gone;
    DELETE FROM notification_preferences WHERE user_id = person;
    DELETE FROM notification_recipients WHERE user_id = person;
    RETURN endpoint_arns;
END
$$;
