-- A phone changes hands, and a device goes. Whoever holds a device's endpoint can push to it, and the next owner of the
-- phone may get an endpoint of the very same name: so a device changes its owner, or goes, only when no worker can hold
-- its endpoint any more. A claim reads devices under a lock (40_claim.sql) for which FOR UPDATE waits: here the claims that
-- read this one are committed, and seen.

-- Whether a worker may be sending a person's push now: for as long as functions/deliver runs at most. What is older was
-- claimed by a worker that is dead.
CREATE OR REPLACE FUNCTION notification_pushing(person text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM notification_deliveries
        WHERE user_id = person AND channel = 'push' AND status = 'sending'
            AND locked_at > notification_now() - notification_worker_lifetime()
    )
$$;

-- Store a phone as this person's. No row when it is somebody else's who may still be pushed to. A phone that changes
-- hands takes its row along, under a new id, so that nothing still on its way for the old owner (a removal, a push that
-- finds it gone) meets the new one.
CREATE OR REPLACE FUNCTION notification_put_device(
    device_id uuid, person text, device_platform text, device_token text, arn text
) RETURNS TABLE (id uuid, platform text, enabled boolean, created_at timestamptz)
LANGUAGE plpgsql
SET lock_timeout = '3s'  -- fail fast: 05_policy.sql
AS $$
#variable_conflict use_column
DECLARE
    held notification_devices;
BEGIN
    SELECT d.* INTO held FROM notification_devices AS d
    WHERE d.platform = device_platform AND d.token = device_token
    FOR UPDATE;
    IF held.user_id <> person AND notification_pushing(held.user_id) THEN
        RETURN;
    END IF;

    RETURN QUERY
    INSERT INTO notification_devices AS d (id, user_id, platform, token, endpoint_arn, created_at, updated_at, seen_at)
    VALUES (
        device_id, person, device_platform, device_token, arn, notification_now(), notification_now(), notification_now()
    )
    ON CONFLICT (platform, token) DO UPDATE SET
        id = CASE WHEN d.user_id = excluded.user_id THEN d.id ELSE excluded.id END,
        created_at = CASE WHEN d.user_id = excluded.user_id THEN d.created_at ELSE excluded.created_at END,
        user_id = excluded.user_id, endpoint_arn = excluded.endpoint_arn, enabled = true,
        updated_at = excluded.updated_at, seen_at = excluded.seen_at
    WHERE d.user_id = excluded.user_id OR d.id = held.id  -- and not one that arrived since
    RETURNING d.id, d.platform, d.enabled, d.created_at;
END
$$;

-- Delete a device that was disabled for it. No row when it registered again meanwhile, or may still be pushed to.
CREATE OR REPLACE FUNCTION notification_drop_device(device_id uuid) RETURNS SETOF uuid
LANGUAGE plpgsql
SET lock_timeout = '3s'  -- fail fast: 05_policy.sql
AS $$
BEGIN
    PERFORM FROM notification_devices WHERE id = device_id FOR UPDATE;
    RETURN QUERY
    DELETE FROM notification_devices
    WHERE id = device_id AND NOT enabled AND NOT notification_pushing(user_id)
    RETURNING id;
END
$$;
