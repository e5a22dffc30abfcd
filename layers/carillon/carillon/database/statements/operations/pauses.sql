-- The pauses in force. One that the service made itself stays until a probe gets through.
SELECT id, channel, event, creator, until, spare_critical, automatic, reason, created_at, created_by
FROM notification_pauses
WHERE automatic OR until > notification_now()
ORDER BY id
