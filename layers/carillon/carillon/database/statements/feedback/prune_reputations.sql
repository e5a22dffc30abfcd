-- Delete the hours that no query about the last day counts any more, and the soft bounces of addresses about which
-- nothing was reported for 90 days. Return a row for each.
WITH old AS (
    SELECT creator, hour FROM reputations
    WHERE hour < current_moment() - interval '2 days'
    ORDER BY creator, hour
    LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
),
quiet AS (
    SELECT address_hash FROM soft_bounces
    WHERE updated_at < current_moment() - interval '90 days'
    ORDER BY updated_at
    LIMIT %(batch)s
    FOR UPDATE SKIP LOCKED
),
forgotten AS (
    DELETE FROM soft_bounces AS s
    USING quiet
    WHERE s.address_hash = quiet.address_hash
    RETURNING 1 AS deleted
),
pruned AS (
    DELETE FROM reputations AS r
    USING old
    WHERE (r.creator, r.hour) = (old.creator, old.hour)
    RETURNING 1 AS deleted
)
SELECT deleted FROM pruned
UNION ALL
SELECT deleted FROM forgotten
