-- Disable devices. A claim after this does not read them.
WITH locked AS (
    SELECT id FROM notification_devices
    WHERE id = ANY (%(ids)s)
    ORDER BY id
    FOR NO KEY UPDATE
)
UPDATE notification_devices AS d
SET enabled = false, updated_at = notification_now()
FROM locked
WHERE d.id = locked.id
RETURNING d.id
