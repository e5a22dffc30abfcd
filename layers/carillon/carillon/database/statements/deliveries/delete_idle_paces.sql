-- Delete the send rates (the table notification_paces) of channels that deferred no delivery for long: three times the
-- longest mean wait. By then no delivery waits for its send rate.
WITH idle AS (
    SELECT channel FROM notification_paces
    WHERE busy_at < notification_now() - 3 * look_again
    ORDER BY channel
    FOR UPDATE SKIP LOCKED
)
DELETE FROM notification_paces AS p
USING idle
WHERE p.channel = idle.channel
RETURNING 1
