-- Everything unread, or what was created until a moment.
WITH marked AS (
    UPDATE notifications
    SET read_at = notification_now(), updated_at = notification_now()
    WHERE user_id = %(user_id)s AND in_app AND archived_at IS NULL AND read_at IS NULL
        AND (%(before)s::timestamptz IS NULL OR created_at <= %(before)s::timestamptz)
    RETURNING 1
)
SELECT count(*) AS updated FROM marked
