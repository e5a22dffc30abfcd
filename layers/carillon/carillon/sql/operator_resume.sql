-- End pauses of a channel, of an event, or all; those that the service made itself only when they are asked for.
WITH ended AS (
    DELETE FROM notification_pauses
    WHERE (%(channel)s::text IS NULL OR channel = %(channel)s) AND (%(event)s::text IS NULL OR event = %(event)s)
        AND (%(automatic)s OR NOT automatic)
    RETURNING *
),
logged AS (
    INSERT INTO notification_operator_log (at, operator, action, arguments, affected)
    SELECT notification_now(), %(operator)s, 'resume', %(log)s, count(*) FROM ended HAVING count(*) > 0
)
SELECT id, channel, event, creator, until, spare_critical, automatic, reason, created_at, created_by FROM ended ORDER BY id
