-- Delete the hours that no query about the last day counts any more.
WITH old AS (
    SELECT creator, hour FROM notification_reputations
    WHERE hour < notification_now() - interval '2 days'
    ORDER BY creator, hour
    LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM notification_reputations AS r
USING old
WHERE (r.creator, r.hour) = (old.creator, old.hour)
RETURNING 1
