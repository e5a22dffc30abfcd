-- Return a page of the feed: all notifications that are not archived. It reads the index notifications_feed.
-- Page and count come from one snapshot, so badge and list always agree.
--
-- The files list_unread.sql and list_archive.sql have the same form, and so have those for one event, for these
-- reasons:
--
-- - They are three statements, because a generic plan of one for all could not use the partial index of each.
-- - The range of user_id has the order of the index. With `=`, the planner may walk back through the rows of all people
--   by the primary key.
-- - The cursor is compared with coalesce. In a generic plan, `cursor IS NULL OR …` is no range of the index.
-- - A scheduled notification is shown from `send_at` on.
SELECT
    (SELECT unread_count FROM unread(%(user_id)s)) AS unread_count,
    coalesce((
        SELECT jsonb_agg(page.entry ORDER BY page.id DESC) FROM (
            SELECT n.id, feed_entry(n) AS entry
            FROM notifications AS n
            WHERE user_id >= %(user_id)s AND user_id <= %(user_id)s AND in_app AND archived_at IS NULL
                AND id < coalesce(%(cursor)s::uuid, horizon())
                AND (send_at IS NULL OR send_at <= current_moment())
            ORDER BY user_id, id DESC
            LIMIT %(limit)s
        ) AS page
    ), '[]') AS notifications
