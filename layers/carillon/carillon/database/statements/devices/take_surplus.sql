-- Disable the devices of a person beyond the number to keep, so that they can be deleted. Disabled devices go first,
-- then those that have not registered for the longest time. A device that registers at the same time stays.
WITH surplus AS (
    SELECT id, seen_at FROM devices
    WHERE user_id = %(user_id)s
    ORDER BY enabled DESC, seen_at DESC, id DESC
    OFFSET %(keep)s
),
locked AS (
    SELECT d.id
    FROM devices AS d
    JOIN surplus AS s ON s.id = d.id AND s.seen_at = d.seen_at
    ORDER BY d.id
    FOR NO KEY UPDATE OF d
)
UPDATE devices AS d
SET enabled = false, updated_at = current_moment()
FROM locked
WHERE d.id = locked.id
RETURNING d.id, d.platform, d.token, d.endpoint_arn
