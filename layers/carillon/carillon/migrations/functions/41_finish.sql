-- Write the outcomes of a batch, fenced: only the claim that is still in force may finish its delivery.
-- One row per result that the caller passed: whether it was written, and what the row says now.
CREATE OR REPLACE FUNCTION notification_finish(results jsonb, dispatch_ahead interval)
RETURNS TABLE (delivery_id uuid, written boolean, status text, delay_seconds integer)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := notification_now();
BEGIN
    PERFORM FROM notification_deliveries
    WHERE id = ANY (SELECT (result ->> 'delivery_id')::uuid FROM jsonb_array_elements(results) AS result)
    ORDER BY user_id, channel, id
    FOR NO KEY UPDATE;

    UPDATE notification_devices AS v
    SET enabled = false, updated_at = moment
    WHERE v.enabled AND v.id IN (
        SELECT gone::uuid
        FROM jsonb_array_elements(results) AS result, jsonb_array_elements_text(result -> 'gone_device_ids') AS gone
        ORDER BY 1
    );

    RETURN QUERY
    WITH result AS (
        SELECT * FROM jsonb_to_recordset(results) AS result (
            delivery_id uuid, claim_no integer, event text, next_status text, delay_seconds float, give_back boolean,
            permanent boolean, code text, detail text, provider_message_ids text[]
        )
    ),
    finished AS (
        UPDATE notification_deliveries AS d
        SET
            status = r.next_status,
            locked_at = CASE r.next_status WHEN 'sending' THEN d.locked_at END,
            finished_at = CASE WHEN r.next_status IN ('sent', 'failed') THEN moment END,
            attempts = d.attempts - CASE WHEN r.give_back THEN 1 ELSE 0 END,
            permanent = r.permanent,
            available_at = CASE r.next_status
                WHEN 'pending' THEN moment + r.delay_seconds * interval '1 second' ELSE d.available_at
            END,
            -- We are about to dispatch it; further away it is the reaper's.
            dispatched_at = CASE
                WHEN r.next_status <> 'pending' THEN d.dispatched_at
                WHEN r.delay_seconds * interval '1 second' <= dispatch_ahead THEN moment
            END,
            provider_message_ids = d.provider_message_ids || r.provider_message_ids,
            error_code = r.code, last_error = r.detail,
            history = notification_history(d.history, jsonb_build_object(
                'event', r.event, 'at', moment, 'claim_no', r.claim_no, 'code', r.code,
                'provider_message_ids', CASE WHEN r.provider_message_ids <> '{}' THEN r.provider_message_ids END
            ))
        FROM result AS r
        -- The fence. The status is compared with a value that the planner cannot see: with a literal it expects
        -- one row of that status and, under load, reads the whole table for it.
        WHERE d.id = r.delivery_id AND d.claim_no = r.claim_no AND d.status = (SELECT 'sending'::text OFFSET 0)
        RETURNING d.id, d.status, d.available_at, d.dispatched_at
    )
    SELECT
        r.delivery_id, f.id IS NOT NULL, coalesce(f.status, d.status),
        CASE WHEN f.status = 'pending' AND f.dispatched_at IS NOT NULL
            THEN notification_delay_seconds(f.available_at, moment) END
    FROM result AS r
    LEFT JOIN finished AS f ON f.id = r.delivery_id
    LEFT JOIN notification_deliveries AS d ON d.id = r.delivery_id;
END
$$;
