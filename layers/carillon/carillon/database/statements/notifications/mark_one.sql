-- Mark a notification as read or unread, archived or not; NULL leaves the state as it is. Marking twice keeps the first
-- time.
UPDATE notifications AS n
SET
    read_at = CASE %(read)s::boolean
        WHEN true THEN coalesce(read_at, current_moment()) WHEN false THEN NULL ELSE read_at
    END,
    archived_at = CASE %(archived)s::boolean
        WHEN true THEN coalesce(archived_at, current_moment()) WHEN false THEN NULL ELSE archived_at
    END,
    updated_at = CASE
        WHEN %(read)s::boolean = (read_at IS NULL) OR %(archived)s::boolean = (archived_at IS NULL)
        THEN current_moment() ELSE updated_at
    END
WHERE id = %(id)s AND user_id = %(user_id)s AND retracted_at IS NULL
RETURNING feed_entry(n) AS notification
