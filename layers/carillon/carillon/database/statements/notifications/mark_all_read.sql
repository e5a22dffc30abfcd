-- Mark all unread notifications as read that are shown now, or that were shown at a moment. A notification is shown
-- from its creation on or, if it is scheduled, from `send_at` on. Lock the rows in the order of pruning and erasing.
WITH unread AS (
    SELECT id FROM notifications
    WHERE user_id = %(user_id)s AND in_app AND archived_at IS NULL AND read_at IS NULL
        AND id < horizon() AND (send_at IS NULL OR send_at <= current_moment())
        AND (%(before)s::timestamptz IS NULL OR greatest(created_at, send_at) <= %(before)s::timestamptz)
    ORDER BY id
    FOR NO KEY UPDATE
),
-- Lock all rows before the first changes. A create with the idempotency key of a changed row waits for that row, and
-- may hold a lock that this statement still needs.
locked AS MATERIALIZED (
    SELECT array_agg(id) AS ids FROM unread
),
marked AS (
    UPDATE notifications AS n
    SET read_at = current_moment(), updated_at = current_moment()
    FROM locked
    WHERE n.id = ANY (locked.ids)
    RETURNING n.read_at
)
SELECT count(*) AS updated, max(read_at) AS read_at FROM marked
