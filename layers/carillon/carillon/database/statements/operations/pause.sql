-- Create a pause, or give an equal pause the new end. Log the action.
WITH logged AS (
    INSERT INTO operator_log (at, operator, action, arguments, affected)
    VALUES (current_moment(), %(operator)s, 'pause', %(log)s, 1)
)
INSERT INTO pauses (channel, event, spare_critical, until, reason, created_at, created_by)
VALUES (
    %(channel)s, %(event)s, %(spare_critical)s, current_moment() + %(minutes)s * interval '1 minute', %(reason)s,
    current_moment(), %(operator)s
)
ON CONFLICT (channel, event, creator, spare_critical) WHERE NOT automatic DO UPDATE
SET
    until = excluded.until, reason = excluded.reason, created_at = excluded.created_at,
    created_by = excluded.created_by
RETURNING id, channel, event, creator, until, spare_critical, automatic, reason, created_at, created_by
