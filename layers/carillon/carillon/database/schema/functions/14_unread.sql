-- Return the unread count of a person: exact up to 1,000 and capped there. It reads the index notifications_unread
-- alone. A scheduled notification counts from its time on.
--
-- The result is a set of one row, because the planner inlines such a function in FROM. So the count is planned with the
-- statement that uses it, and index and limits show in that statement's plan.
CREATE OR REPLACE FUNCTION unread(person text) RETURNS TABLE (unread_count bigint)
LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM (
        SELECT FROM notifications
        WHERE user_id = person AND in_app AND archived_at IS NULL AND read_at IS NULL
            AND id < (SELECT horizon()) AND (send_at IS NULL OR send_at <= current_moment())
        LIMIT 1000
    ) AS unread
$$;
