-- Take a notification back: the application no longer shows it, and what has not left yet leaves without it. Named by its
-- id, or by its person and key; only by who made it. Returns what became of it per channel, or NULL where there is none.
--
-- The notification is locked first, then its deliveries in everybody's order, as pruning and erasing do. Who is there
-- first decides: a claim that holds a delivery sends it, and the answer says so; a create that joins a digest meanwhile
-- is seen by the statement after the lock, and its item keeps the digest open; one that waits for us opens another.
CREATE OR REPLACE FUNCTION notification_retract(wanted uuid, person text, key text, creator text) RETURNS jsonb
LANGUAGE plpgsql
SET lock_timeout = '3s'  -- fail fast: 05_policy.sql
AS $$
DECLARE
    moment constant timestamptz := notification_now();
    found_id uuid;
BEGIN
    -- Two statements: with one OR for both ways the planner may know no index for either.
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

    PERFORM FROM notification_deliveries AS d
    WHERE d.id IN (SELECT i.delivery_id FROM notification_delivery_items AS i WHERE i.notification_id = found_id)
    ORDER BY d.user_id, d.channel, d.id
    FOR NO KEY UPDATE;

    -- Not before: a create under the same key, which may hold a digest, waits for a row that is changed, and not for one
    -- that is merely locked.
    UPDATE notifications AS n
    SET in_app = false, retracted_at = moment, updated_at = moment
    WHERE n.id = found_id AND n.retracted_at IS NULL;  -- a second time changes nothing

    UPDATE notification_delivery_items AS i
    SET left_out = 'retracted', left_out_claim = coalesce(i.left_out_claim, d.claim_no + 1)
    FROM notification_deliveries AS d
    WHERE i.notification_id = found_id AND d.id = i.delivery_id AND d.status = 'pending'
        AND i.left_out IS DISTINCT FROM 'retracted';

    -- Cancelled when all of it is retracted. An item that an earlier attempt left out for another reason may be wanted
    -- again at the next: that is the claim's to say.
    UPDATE notification_deliveries AS d
    SET
        status = 'skipped', finished_at = moment, open_digest_key = NULL, error_code = 'retracted', last_error = NULL,
        history = notification_history(d.history, jsonb_build_object(
            'event', 'skipped', 'at', moment, 'claim_no', nullif(d.claim_no, 0), 'code', 'retracted'
        ))
    WHERE d.id IN (SELECT i.delivery_id FROM notification_delivery_items AS i WHERE i.notification_id = found_id)
        AND d.status = 'pending'
        AND NOT EXISTS (
            SELECT FROM notification_delivery_items AS i
            WHERE i.delivery_id = d.id AND i.left_out IS DISTINCT FROM 'retracted'
        );

    -- From what is stored alone, so that a repeat is answered in the same way.
    RETURN (
        SELECT jsonb_build_object(
            'notification_id', n.id, 'user_id', n.user_id, 'retracted_at', n.retracted_at,
            'channels', jsonb_object_agg(asked.channel, jsonb_strip_nulls(jsonb_build_object(
                'state', CASE
                    WHEN d.id IS NULL THEN 'off'
                    WHEN d.status = 'skipped' AND i.left_out = 'retracted' THEN 'cancelled'
                    WHEN d.status = 'skipped' THEN 'skipped'
                    WHEN i.left_out IS NOT NULL THEN 'left_out'
                    ELSE d.status
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
        CROSS JOIN unnest(ARRAY['email', 'push']) AS asked (channel)
        LEFT JOIN notification_delivery_items AS i ON i.notification_id = n.id AND i.channel = asked.channel
        LEFT JOIN notification_deliveries AS d ON d.id = i.delivery_id
        WHERE n.id = found_id
        GROUP BY n.id
    );
END
$$;
