-- More attempts than claims, or a history that contradicts the fence. There may be fewer attempts, because a throttle
-- gives an attempt back and takes its claim out of the history.
SELECT
    NULL::uuid AS notification_id, d.id AS delivery_id, count(*) OVER () AS broken,
    d.attempts || ' of ' || d.max_attempts || ' attempts, claim ' || d.claim_no || ', in the history '
        || claims.listed || ' claims up to ' || coalesce(claims.highest, 0) AS detail
FROM deliveries AS d
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE entry ->> 'event' = 'claimed') AS listed,
        count(DISTINCT entry ->> 'claim_no') FILTER (WHERE entry ->> 'event' = 'claimed') AS different,
        max((entry ->> 'claim_no')::integer) AS highest
    FROM jsonb_array_elements(d.history) AS entry
) AS claims
WHERE d.attempts NOT BETWEEN 0 AND least(d.max_attempts, d.claim_no)
    OR claims.highest > d.claim_no
    OR claims.listed > claims.different
ORDER BY d.id
LIMIT %(rows)s
