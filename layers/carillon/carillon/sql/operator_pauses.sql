-- The pauses in force. One that the service made itself stays until a probe gets through.
SELECT
    p.id, p.channel, p.event, p.until, p.spare_critical,
    coalesce((to_jsonb(p) ->> 'automatic')::boolean, false) AS automatic, to_jsonb(p) ->> 'reason' AS reason,
    coalesce((to_jsonb(p) ->> 'created_at')::timestamptz, now()) AS created_at,
    coalesce(to_jsonb(p) ->> 'created_by', '') AS created_by
FROM notification_pauses AS p
WHERE p.until > notification_now() OR coalesce((to_jsonb(p) ->> 'automatic')::boolean, false)
ORDER BY p.id
