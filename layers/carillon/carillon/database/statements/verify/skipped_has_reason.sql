-- Skipped without a reason, or with an item that could be sent.
SELECT
    i.notification_id, d.id AS delivery_id, count(*) OVER () AS broken,
    coalesce(d.error_code, 'no reason') || CASE WHEN i.notification_id IS NULL THEN '' ELSE ', an item was left' END
        AS detail
FROM deliveries AS d
LEFT JOIN delivery_items AS i ON i.delivery_id = d.id AND i.left_out IS NULL
WHERE d.status = 'skipped' AND (d.error_code IS NULL OR i.notification_id IS NOT NULL)
ORDER BY d.id, i.notification_id
LIMIT %(rows)s
