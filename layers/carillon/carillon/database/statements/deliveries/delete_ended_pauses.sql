-- Manual pauses that are over, so that a claim need not read them. One that is given a new end meanwhile stays.
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
