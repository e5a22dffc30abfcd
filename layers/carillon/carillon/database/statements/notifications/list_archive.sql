-- A page of the archive. Its index is notifications_archive.
-- Page and count come from one snapshot, so that badge and list never disagree.
SELECT
    (
        SELECT count(*) FROM (
            SELECT FROM notifications
            WHERE user_id = %(user_id)s AND in_app AND archived_at IS NULL AND read_at IS NULL
                AND id < notification_horizon() AND (send_at IS NULL OR send_at <= notification_now())
            LIMIT 1000
        ) AS unread
    ) AS unread_count,
    coalesce((
        SELECT jsonb_agg(to_jsonb(page) ORDER BY page.id DESC) FROM (
            SELECT
                id, user_id, event_name, title, body, summary, severity, target_url, data, batch_key, send_at, expires_at,
                read_at, archived_at, created_at, updated_at
            FROM notifications
            -- A range of one user, ordered by it: else the planner may walk back through everybody's rows by the primary
            -- key, and read all of them for a person who has many, long ago.
            WHERE user_id >= %(user_id)s AND user_id <= %(user_id)s AND in_app AND archived_at IS NOT NULL
                AND (NOT %(unread)s OR read_at IS NULL)
                -- Not "cursor IS NULL OR …": that is no range of the index where the plan does not know the value.
                AND id < coalesce(%(cursor)s::uuid, notification_horizon())
                AND (send_at IS NULL OR send_at <= notification_now())  -- scheduled: not before its time
                AND (
                    %(event)s::text IS NULL
                    OR event_name = %(event)s::text OR starts_with(event_name, %(event)s::text || '.')
                )
            ORDER BY user_id, id DESC
            LIMIT %(limit)s
        ) AS page
    ), '[]') AS notifications
