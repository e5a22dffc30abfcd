-- Return what became of each producer's email within a day, the worst producer first.
SELECT creator, accepted, bounced, complained, level, reason
FROM reputations_of_day(current_moment(), %(limits)s)
ORDER BY level IS NULL, level, complained + bounced DESC, creator
