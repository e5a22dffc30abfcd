-- An open key on a delivery that no item may join, a key other than the digest's own, or no open key on a digest that
-- was never claimed. In the last case the next item would open a second digest. A unique index forbids two open ones.
SELECT
    NULL::uuid AS notification_id, d.id AS delivery_id, count(*) OVER () AS broken,
    d.status || ', claim ' || d.claim_no || ', ' || CASE
        WHEN d.open_digest_key IS NULL THEN 'closed, though never claimed'
        WHEN d.open_digest_key IS DISTINCT FROM d.digest_key THEN 'open under another key'
        ELSE 'still open'
    END AS detail
FROM deliveries AS d
WHERE (d.open_digest_key IS NOT NULL AND (
        d.status <> 'pending' OR d.claim_no > 0 OR d.open_digest_key IS DISTINCT FROM d.digest_key
    ))
    OR (d.open_digest_key IS NULL AND d.digest_key IS NOT NULL AND d.status = 'pending' AND d.claim_no = 0)
ORDER BY d.id
LIMIT %(rows)s
