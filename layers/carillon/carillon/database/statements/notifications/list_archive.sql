-- Return a page of the archive. It reads the index notifications_archive. list_feed.sql explains the form.
SELECT
    (SELECT unread_count FROM unread(%(user_id)s)) AS unread_count,
    coalesce((
        SELECT jsonb_agg(page.entry ORDER BY page.id DESC) FROM (
            SELECT n.id, feed_entry(n) AS entry
            FROM notifications AS n
            WHERE user_id >= %(user_id)s AND user_id <= %(user_id)s AND in_app AND archived_at IS NOT NULL
                AND (NOT %(unread)s OR read_at IS NULL)
                AND id < coalesce(%(cursor)s::uuid, horizon())
                AND (send_at IS NULL OR send_at <= current_moment())
            ORDER BY user_id, id DESC
            LIMIT %(limit)s
        ) AS page
    ), '[]') AS notifications
