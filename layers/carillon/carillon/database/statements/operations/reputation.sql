-- Return what became of each producer's email within a day, the worst producer first.
SELECT creator, accepted, bounced, complained, level, reason
FROM notification_reputations_of_day(notification_now(), %(limits)s)
ORDER BY level IS NULL, level, complained + bounced DESC, creator
