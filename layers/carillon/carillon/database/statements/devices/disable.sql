-- Disable devices. A claim after this does not read them.
WITH locked AS (
    SELECT id FROM devices
    WHERE id = ANY (%(ids)s)
    ORDER BY id
    FOR NO KEY UPDATE
)
UPDATE devices AS d
SET enabled = false, updated_at = current_moment()
FROM locked
WHERE d.id = locked.id
RETURNING d.id
