-- Delete the hours that no query about the last day counts any more.
WITH old AS (
    SELECT creator, hour FROM reputations
    WHERE hour < current_moment() - interval '2 days'
    ORDER BY creator, hour
    LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
)
DELETE FROM reputations AS r
USING old
WHERE (r.creator, r.hour) = (old.creator, old.hour)
RETURNING 1
