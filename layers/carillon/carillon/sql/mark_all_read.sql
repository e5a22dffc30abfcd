-- Everything unread, or what was created until a moment. Locked in the order of pruning and erasing.
WITH unread AS (
    SELECT id FROM notifications
    WHERE user_id = %(user_id)s AND in_app AND archived_at IS NULL AND read_at IS NULL
        AND (%(before)s::timestamptz IS NULL OR created_at <= %(before)s::timestamptz)
    ORDER BY id
    FOR NO KEY UPDATE
),
marked AS (
    UPDATE notifications AS n
    SET read_at = notification_now(), updated_at = notification_now()
    FROM unread
    WHERE n.id = unread.id
    RETURNING 1
)
SELECT count(*) AS updated FROM marked
