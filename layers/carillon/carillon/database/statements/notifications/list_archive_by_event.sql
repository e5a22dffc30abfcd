-- Return a page of the archive that has only the notifications of an event. list_feed_by_event.sql explains the form.
SELECT
    (SELECT unread_count FROM unread(%(user_id)s)) AS unread_count,
    coalesce((
        SELECT jsonb_agg(page.entry ORDER BY page.id DESC) FROM (
            SELECT found.id, shown.entry
            FROM (
                SELECT id FROM notifications
                WHERE user_id >= %(user_id)s AND user_id <= %(user_id)s AND in_app AND archived_at IS NOT NULL
                    AND (NOT %(unread)s OR read_at IS NULL)
                    AND id < coalesce(%(cursor)s::uuid, horizon())
                    AND (send_at IS NULL OR send_at <= current_moment())
                    AND (event_name = %(event)s::text OR starts_with(event_name, %(event)s::text || '.'))
                ORDER BY user_id, id DESC
                LIMIT %(limit)s
            ) AS found
            CROSS JOIN LATERAL (
                SELECT feed_entry(n) AS entry FROM notifications AS n WHERE n.id = found.id OFFSET 0
            ) AS shown
        ) AS page
    ), '[]') AS notifications
