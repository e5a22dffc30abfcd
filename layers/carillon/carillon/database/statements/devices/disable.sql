-- No claim reads them from here on.
WITH held AS (
    SELECT id FROM notification_devices
    WHERE id = ANY (%(ids)s)
    ORDER BY id
    FOR NO KEY UPDATE
)
UPDATE notification_devices AS d
SET enabled = false, updated_at = notification_now()
FROM held
WHERE d.id = held.id
RETURNING d.id
