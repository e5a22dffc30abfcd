-- Delete manual pauses that have ended, so that no claim reads them. A pause that gets a new end at the same time
-- stays.
WITH ended AS (
    SELECT id FROM pauses
    WHERE NOT automatic AND until <= current_moment()
    ORDER BY id
    LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM pauses AS p
USING ended
WHERE p.id = ended.id
RETURNING 1
