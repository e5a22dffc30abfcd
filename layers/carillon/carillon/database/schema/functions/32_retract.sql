-- Retract a notification: the application no longer shows it, and pending deliveries are sent without it. The caller
-- names it by its id, or by its person and key, and must be its creator. Return the state of each channel, or NULL if
-- there is no such notification.
--
-- The notification is locked first, then its deliveries (docs/architecture.md#the-lock-order). The first lock decides:
-- if a claim holds a delivery, the worker sends it, and the answer says so. If a create joins a digest at the same
-- time, the statement after the lock sees the new item, and the digest stays open. A create that waits opens another
-- digest.
CREATE OR REPLACE FUNCTION retract(wanted uuid, person text, key text, creator text) RETURNS jsonb
LANGUAGE plpgsql
SET lock_timeout = '3s'  -- fail fast: 05_policy.sql
AS $$
DECLARE
    moment constant timestamptz := current_moment();
    found_id uuid;
BEGIN
    -- Two statements, because with one OR the planner may find no index.
    IF wanted IS NOT NULL THEN
        SELECT n.id INTO found_id FROM notifications AS n
        WHERE n.id = wanted AND n.created_by = creator
        FOR NO KEY UPDATE;
    ELSE
        SELECT n.id INTO found_id FROM notifications AS n
        WHERE n.user_id = person AND n.created_by = creator AND n.idempotency_key = key
        FOR NO KEY UPDATE;
    END IF;
    IF found_id IS NULL THEN
        RETURN NULL;
    END IF;

    PERFORM FROM deliveries AS d
    WHERE d.id IN (SELECT i.delivery_id FROM delivery_items AS i WHERE i.notification_id = found_id)
    ORDER BY d.user_id, d.channel, d.id
    FOR NO KEY UPDATE;

    -- Not before the locks: a create with the same key, which may hold a digest, waits for a changed row, but not for a
    -- locked one.
    UPDATE notifications AS n
    SET in_app = false, retracted_at = moment, updated_at = moment
    WHERE n.id = found_id AND n.retracted_at IS NULL;  -- a second time changes nothing

    UPDATE delivery_items AS i
    SET left_out = 'retracted', left_out_claim = coalesce(i.left_out_claim, d.claim_no + 1)
    FROM deliveries AS d
    WHERE i.notification_id = found_id AND d.id = i.delivery_id AND d.status = 'pending'
        AND i.left_out IS DISTINCT FROM 'retracted';

    PERFORM skip_retracted(found_id, moment);
    RETURN retraction(found_id);
END
$$;

-- Skip the pending deliveries whose items are all retracted. An item that an earlier attempt excluded for another reason
-- may be sent by the next attempt, so the claim decides about it.
CREATE OR REPLACE FUNCTION skip_retracted(found_id uuid, moment timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE deliveries AS d
    SET
        status = 'skipped', finished_at = moment, open_digest_key = NULL, error_code = 'retracted', last_error = NULL,
        history = add_history(d.history, jsonb_build_object(
            'event', 'skipped', 'at', moment, 'claim_no', nullif(d.claim_no, 0), 'code', 'retracted'
        ))
    WHERE d.id IN (SELECT i.delivery_id FROM delivery_items AS i WHERE i.notification_id = found_id)
        AND d.status = 'pending'
        AND NOT EXISTS (
            SELECT FROM delivery_items AS i
            WHERE i.delivery_id = d.id AND i.left_out IS DISTINCT FROM 'retracted'
        );
END
$$;

-- Return the state of each channel of a retracted notification. It comes from stored data only, so a repeat gets the
-- same answer.
CREATE OR REPLACE FUNCTION retraction(found_id uuid) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (
        SELECT jsonb_build_object(
            'notification_id', n.id, 'user_id', n.user_id, 'retracted_at', n.retracted_at,
            'channels', jsonb_object_agg(asked.channel, jsonb_strip_nulls(jsonb_build_object(
                'state', CASE
                    WHEN d.id IS NULL THEN 'off'
                    WHEN d.status = 'skipped' AND i.left_out = 'retracted' THEN 'cancelled'
                    WHEN d.status = 'skipped' THEN 'skipped'
                    WHEN i.left_out IS NOT NULL THEN 'left_out'
                    ELSE d.status::text
                END,
                'reason', CASE
                    WHEN d.id IS NULL THEN n.routing -> asked.channel ->> 'reason'
                    WHEN d.status = 'skipped' AND i.left_out = 'retracted' THEN NULL
                    WHEN d.status = 'skipped' THEN coalesce(i.left_out, d.error_code)
                    WHEN i.left_out IS NOT NULL THEN i.left_out
                    WHEN d.status = 'failed' THEN d.error_code
                END,
                'delivery_id', d.id
            )))
        )
        FROM notifications AS n
        CROSS JOIN jsonb_object_keys(n.routing) AS asked (channel)
        LEFT JOIN delivery_items AS i ON i.notification_id = n.id AND i.channel = asked.channel
        LEFT JOIN deliveries AS d ON d.id = i.delivery_id
        WHERE n.id = found_id
        GROUP BY n.id
    );
END
$$;
