-- Devices that change their owner or are deleted. A worker may still have the endpoint of a device and push to it, and
-- the next owner of the phone may get an endpoint of the same name. So a device changes its owner, or is deleted, only
-- when no worker can have its endpoint any more. A claim reads devices under a lock (40_claim.sql), and FOR UPDATE here
-- waits for that lock. So all claims that read the device are committed by then, and visible.
-- docs/architecture.md#a-device-that-changes-hands explains this.

-- Return whether a worker may be sending a push to a person now. An older claim belongs to a worker that is dead.
CREATE OR REPLACE FUNCTION pushing(person text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM deliveries
        WHERE user_id = person AND channel = 'push' AND status = 'sending'
            AND locked_at > current_moment() - worker_lifetime()
    )
$$;

-- Register a phone for a person. Return no row if the phone has another owner, who may still get a push. A phone that
-- changes its owner keeps its row but gets a new id. So no late request for the old owner can affect the new one:
-- neither a removal nor a push that finds the device gone. A token of APNs is folded here too, for the release before
-- and for a registration that waited for the migration 0004.
CREATE OR REPLACE FUNCTION put_device(
    device_id uuid, person text, device_platform text, device_token text, arn text
) RETURNS TABLE (id uuid, platform text, enabled boolean, created_at timestamptz)
LANGUAGE plpgsql
SET lock_timeout = '3s'  -- fail fast: 05_policy.sql
AS $$
#variable_conflict use_column
DECLARE
    stored devices;
BEGIN
    IF device_platform = 'apns' THEN
        device_token := translate(lower(device_token COLLATE "C"), '<> ', '');
    END IF;
    SELECT d.* INTO stored FROM devices AS d
    WHERE d.platform = device_platform AND d.token = device_token
    FOR UPDATE;
    IF stored.user_id <> person AND pushing(stored.user_id) THEN
        RETURN;
    END IF;

    RETURN QUERY
    INSERT INTO devices AS d (id, user_id, platform, token, endpoint_arn, created_at, updated_at, seen_at)
    VALUES (
        device_id, person, device_platform, device_token, arn,
        current_moment(), current_moment(), current_moment()
    )
    ON CONFLICT (platform, token) DO UPDATE SET
        id = CASE WHEN d.user_id = excluded.user_id THEN d.id ELSE excluded.id END,
        created_at = CASE WHEN d.user_id = excluded.user_id THEN d.created_at ELSE excluded.created_at END,
        user_id = excluded.user_id, endpoint_arn = excluded.endpoint_arn, enabled = true,
        updated_at = excluded.updated_at, seen_at = excluded.seen_at
    WHERE d.user_id = excluded.user_id OR d.id = stored.id  -- and not a row that was inserted since
    RETURNING d.id, d.platform, d.enabled, d.created_at;
END
$$;

-- Delete a device that was disabled before. Return no row if it has registered again, or may still get a push.
CREATE OR REPLACE FUNCTION drop_device(device_id uuid) RETURNS SETOF uuid
LANGUAGE plpgsql
SET lock_timeout = '3s'  -- fail fast: 05_policy.sql
AS $$
BEGIN
    PERFORM FROM devices WHERE id = device_id FOR UPDATE;
    RETURN QUERY
    DELETE FROM devices
    WHERE id = device_id AND NOT enabled AND NOT pushing(user_id)
    RETURNING id;
END
$$;
