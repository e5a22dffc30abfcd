-- Disable devices that have not registered for long, so that they can be deleted. Return the fields that SNS needs. A
-- device that could not be deleted is taken again an hour later; `overdue` means that this has gone on for a month.
WITH silent AS (
    SELECT id FROM devices
    WHERE seen_at < current_moment() - %(silence_days)s * interval '1 day'
        AND (enabled OR updated_at < current_moment() - interval '1 hour')
    ORDER BY seen_at
    LIMIT %(batch)s
    FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE devices AS d
SET enabled = false, updated_at = current_moment()
FROM silent
WHERE d.id = silent.id
RETURNING
    d.id, d.platform, d.token, d.endpoint_arn,
    d.seen_at < current_moment() - (%(silence_days)s + 30) * interval '1 day' AS overdue
