-- Write the outcomes of a batch, fenced by claim_no: only the claim that is still in force may finish its delivery.
-- Return one row for each result: whether it was written, and the state of the delivery now. A caller that lost the
-- first answer may repeat the call, and gets the same answer. `reports` holds the news about the providers:
-- 42_pauses.sql.
CREATE OR REPLACE FUNCTION finish(results jsonb, dispatch_ahead interval, reports jsonb DEFAULT '[]')
RETURNS TABLE (delivery_id uuid, written boolean, status text, delay_seconds integer)
LANGUAGE plpgsql
SET lock_timeout = '5s'  -- fail fast: 05_policy.sql
AS $$
#variable_conflict use_column
DECLARE
    moment timestamptz := current_moment();
BEGIN
    IF reports <> '[]' THEN
        PERFORM report_outages(reports, moment);
    END IF;

    PERFORM FROM deliveries
    WHERE id = ANY (SELECT (result ->> 'delivery_id')::uuid FROM jsonb_array_elements(results) AS result)
    ORDER BY user_id, channel, id
    FOR NO KEY UPDATE;

    -- The same fence protects devices: since the send of a late worker, the device may have registered again.
    WITH gone AS (
        SELECT v.id FROM devices AS v
        WHERE v.enabled AND v.id IN (
            SELECT device_id::uuid
            FROM jsonb_array_elements(results) AS result
            JOIN deliveries AS d
                ON d.id = (result ->> 'delivery_id')::uuid AND d.claim_no = (result ->> 'claim_no')::integer
            CROSS JOIN jsonb_array_elements_text(result -> 'gone_device_ids') AS device_id
            WHERE d.status = (SELECT 'sending'::text OFFSET 0)
        )
        ORDER BY v.id
        FOR NO KEY UPDATE
    )
    UPDATE devices AS v
    SET enabled = false, updated_at = moment
    FROM gone
    WHERE v.id = gone.id;

    RETURN QUERY
    WITH result AS (
        SELECT * FROM jsonb_to_recordset(results) AS result (
            delivery_id uuid, claim_no integer, event text, next_status text, delay_seconds float, give_back boolean,
            permanent boolean, code text, detail text, provider_message_ids text[]
        )
    ),
    finished AS (
        UPDATE deliveries AS d
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
            history = add_history(d.history, jsonb_build_object(
                'event', r.event, 'at', moment, 'claim_no', r.claim_no, 'code', r.code,
                'provider_message_ids', CASE WHEN r.provider_message_ids <> '{}' THEN r.provider_message_ids END
            ))
        FROM result AS r
        -- The fence. The status is compared with a value that the planner cannot see. With a literal, the planner
        -- expects one row of that status, and reads the whole table under load.
        WHERE d.id = r.delivery_id AND d.claim_no = r.claim_no AND d.status = (SELECT 'sending'::text OFFSET 0)
        RETURNING d.id, d.status, d.available_at, d.dispatched_at
    )
    SELECT
        r.delivery_id, ours.id IS NOT NULL, coalesce(ours.status, d.status),
        CASE WHEN ours.status = 'pending' AND ours.dispatched_at IS NOT NULL
            THEN delay_seconds(ours.available_at, moment) END
    FROM result AS r
    LEFT JOIN deliveries AS d ON d.id = r.delivery_id
    LEFT JOIN LATERAL (
        SELECT f.id, f.status, f.available_at, f.dispatched_at FROM finished AS f WHERE f.id = r.delivery_id
        UNION ALL
        -- An earlier run of this call wrote it, and its answer was lost.
        SELECT d.id, d.status, d.available_at, d.dispatched_at
        WHERE d.status = r.next_status AND d.status <> 'sending'
            AND d.history -> -1 @> jsonb_build_object('event', r.event, 'claim_no', r.claim_no)
    ) AS ours ON true;

    IF reports <> '[]' THEN
        PERFORM adapt_send_rates(reports, moment);
    END IF;
END
$$;
