-- Disable what a person has beyond so many devices, so that it can be deleted: first what is disabled, then what has not
-- registered for the longest. One that registers meanwhile stays.
WITH surplus AS (
    SELECT id, seen_at FROM notification_devices
    WHERE user_id = %(user_id)s
    ORDER BY enabled DESC, seen_at DESC, id DESC
    OFFSET %(keep)s
),
held AS (
    SELECT d.id
    FROM notification_devices AS d
    JOIN surplus AS s ON s.id = d.id AND s.seen_at = d.seen_at
    ORDER BY d.id
    FOR NO KEY UPDATE OF d
)
UPDATE notification_devices AS d
SET enabled = false, updated_at = notification_now()
FROM held
WHERE d.id = held.id
RETURNING d.id, d.platform, d.token, d.endpoint_arn
