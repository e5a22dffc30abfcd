-- Delete manual pauses that have ended, so that no claim reads them. A pause that gets a new end at the same time
-- stays.
WITH ended AS (
    SELECT id FROM notification_pauses
    WHERE NOT automatic AND until <= notification_now()
    ORDER BY id
    LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM notification_pauses AS p
USING ended
WHERE p.id = ended.id
RETURNING 1
