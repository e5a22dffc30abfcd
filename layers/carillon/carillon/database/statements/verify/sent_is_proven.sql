-- Sent deliveries without a time, a message id or an item that was sent. Pruning may have deleted the items of a
-- delivery past the retention, so their absence is no breach there.
SELECT
    NULL::uuid AS notification_id, d.id AS delivery_id, count(*) OVER () AS broken,
    d.channel || ': ' || CASE
        WHEN d.finished_at IS NULL THEN 'no time'
        WHEN d.provider_message_ids = '{}' THEN 'no message id'
        ELSE 'every item was left out'
    END AS detail
FROM deliveries AS d
WHERE d.status = 'sent' AND (
    d.finished_at IS NULL
    OR d.provider_message_ids = '{}'
    OR (
        d.created_at > current_moment() - %(retention_days)s * interval '1 day'
        AND NOT EXISTS (
            SELECT FROM delivery_items AS i WHERE i.delivery_id = d.id AND i.left_out IS NULL
        )
        AND EXISTS (SELECT FROM delivery_items AS i WHERE i.delivery_id = d.id)
    )
)
ORDER BY d.id
LIMIT %(rows)s
