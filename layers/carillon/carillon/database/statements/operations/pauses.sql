-- Return the pauses in force. An automatic pause lasts until a probe succeeds.
SELECT id, channel, event, creator, until, spare_critical, automatic, reason, created_at, created_by
FROM pauses
WHERE automatic OR until > current_moment()
ORDER BY id
