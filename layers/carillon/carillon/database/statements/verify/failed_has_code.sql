-- Failed deliveries without a reason.
SELECT
    NULL::uuid AS notification_id, d.id AS delivery_id, count(*) OVER () AS broken,
    d.channel || ': no code after ' || d.attempts || ' attempts' AS detail
FROM deliveries AS d
WHERE d.status = 'failed' AND d.error_code IS NULL
ORDER BY d.id
LIMIT %(rows)s
