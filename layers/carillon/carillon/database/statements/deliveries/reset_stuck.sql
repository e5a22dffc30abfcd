-- Reset deliveries whose worker never finished them. A claim takes only what is due, so they are among the due ones. Each gets a delay of its own, so that a delivery that kills its
-- worker does not always take the same batch with it.
WITH stuck AS (
    SELECT id FROM deliveries
    WHERE finished_at IS NULL AND available_at <= current_moment() + interval '1 minute' AND status = 'sending'
        AND locked_at < current_moment() - %(stuck_after)s * interval '1 second'
    ORDER BY available_at
    LIMIT %(batch)s
    FOR NO KEY UPDATE SKIP LOCKED
),
reset AS (
    UPDATE deliveries AS d
    SET
        status = CASE WHEN d.attempts >= d.max_attempts THEN 'failed' ELSE 'pending' END::delivery_status,
        locked_at = NULL,
        finished_at = CASE WHEN d.attempts >= d.max_attempts THEN current_moment() END,
        available_at = CASE
            WHEN d.attempts >= d.max_attempts THEN d.available_at
            ELSE current_moment() + random() * %(jitter)s * interval '1 second'
        END,
        dispatched_at = CASE WHEN d.attempts >= d.max_attempts THEN d.dispatched_at ELSE current_moment() END,
        error_code = 'stuck',
        -- A worker that reported an unknown outcome gave a reason. A worker that died gave none.
        last_error = CASE d.history -> -1 ->> 'event'
            WHEN 'unknown' THEN d.last_error ELSE 'The worker that claimed it never reported back.'
        END,
        history = add_history(d.history, jsonb_build_object(
            'event', 'reset', 'at', current_moment(), 'claim_no', d.claim_no, 'code', 'stuck'
        ))
    FROM stuck
    WHERE d.id = stuck.id
    RETURNING d.id, d.status, d.available_at
)
SELECT id AS delivery_id, status, delay_seconds(available_at, current_moment()) AS delay_seconds
FROM reset
