-- End the pauses of a channel, of an event, or all. Automatic pauses end only on request. A producer that was paused
-- because of its reputation starts again at zero; otherwise its next bounce would pause it again on the same day. Log
-- the action.
WITH ended AS (
    DELETE FROM pauses
    WHERE (%(channel)s::text IS NULL OR channel = %(channel)s) AND (%(event)s::text IS NULL OR event = %(event)s)
        AND (%(creator)s::text IS NULL OR creator = %(creator)s)
        AND (%(automatic)s OR NOT automatic)
    RETURNING *
),
forgiven AS (
    DELETE FROM reputations AS r USING ended WHERE r.creator = ended.creator
),
logged AS (
    INSERT INTO operator_log (at, operator, action, arguments, affected)
    SELECT current_moment(), %(operator)s, 'resume', %(log)s, count(*) FROM ended HAVING count(*) > 0
)
SELECT id, channel, event, creator, until, spare_critical, automatic, reason, created_at, created_by
FROM ended
ORDER BY id
