-- The badge: exact up to 1,000 and capped there, from the index alone. What is scheduled counts from its time on.
SELECT count(*) AS unread_count FROM (
    SELECT FROM notifications
    WHERE user_id = %(user_id)s AND in_app AND archived_at IS NULL AND read_at IS NULL
        AND id < notification_horizon() AND (send_at IS NULL OR send_at <= notification_now())
    LIMIT 1000
) AS unread
