-- How many unread notifications a person has, as the feed's own badge counts them: exact up to 1,000 and capped there.
CREATE OR REPLACE FUNCTION notification_unread_count(person text) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT count(*)::integer FROM (
        SELECT FROM notifications
        WHERE user_id = person AND in_app AND archived_at IS NULL AND read_at IS NULL
            AND id < notification_horizon() AND (send_at IS NULL OR send_at <= notification_now())
        LIMIT 1000
    ) AS unread
$$;
