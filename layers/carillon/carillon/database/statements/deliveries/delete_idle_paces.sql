-- Delete the send rates (the table send_rates) of channels that deferred no delivery for long: three times the
-- longest mean wait. By then no delivery waits for its send rate.
WITH idle AS (
    SELECT channel FROM send_rates
    WHERE busy_at < current_moment() - 3 * look_again
    ORDER BY channel
    FOR UPDATE SKIP LOCKED
)
DELETE FROM send_rates AS p
USING idle
WHERE p.channel = idle.channel
RETURNING 1
