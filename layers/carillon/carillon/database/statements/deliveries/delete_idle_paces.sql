-- Paces of channels where nothing has had to wait its turn for so long that nobody waits any more.
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
