-- The badge: exact up to 1,000 and capped there, from the index alone.
SELECT count(*) AS unread_count FROM (
    SELECT FROM notifications
    WHERE user_id = %(user_id)s AND in_app AND archived_at IS NULL AND read_at IS NULL
    LIMIT 1000
) AS unread
