-- A delivery with provider events that is not sent, or whose provider_status is not the worst of its events.
SELECT
    NULL::uuid AS notification_id, d.id AS delivery_id, count(*) OVER () AS broken,
    d.status || ', ' || coalesce(d.provider_status::text, 'nothing told') || ', and not '
        || coalesce(worst_event(d.provider_events, d.provider_message_ids)::text, 'nothing') AS detail
FROM deliveries AS d
WHERE d.provider_events <> '{}' AND (
    d.status <> 'sent'
    OR d.provider_status IS DISTINCT FROM worst_event(d.provider_events, d.provider_message_ids)
)
ORDER BY d.id
LIMIT %(rows)s
