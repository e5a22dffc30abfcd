-- Claimed again after the history says that it was sent.
SELECT
    NULL::uuid AS notification_id, d.id AS delivery_id, count(*) OVER () AS broken,
    d.status || ', claim ' || claim.no || ' after it was sent' AS detail
FROM deliveries AS d
CROSS JOIN LATERAL (
    SELECT max((entry ->> 'claim_no')::integer) FILTER (WHERE entry ->> 'event' = 'claimed') AS no
    FROM jsonb_array_elements(d.history) WITH ORDINALITY AS listed (entry, position)
    HAVING max(position) FILTER (WHERE entry ->> 'event' = 'claimed')
        > min(position) FILTER (WHERE entry ->> 'event' = 'sent')
) AS claim
WHERE d.history @> '[{"event": "sent"}]'
ORDER BY d.id
LIMIT %(rows)s
