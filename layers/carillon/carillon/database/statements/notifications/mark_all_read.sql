-- Everything unread that is shown, or what was shown by a moment: since it was created or, scheduled, since its time.
-- Locked in the order of pruning and erasing.
WITH unread AS (
    SELECT id FROM notifications
    WHERE user_id = %(user_id)s AND in_app AND archived_at IS NULL AND read_at IS NULL
        AND id < notification_horizon() AND (send_at IS NULL OR send_at <= notification_now())
        AND (%(before)s::timestamptz IS NULL OR greatest(created_at, send_at) <= %(before)s::timestamptz)
    ORDER BY id
    FOR NO KEY UPDATE
),
-- All are locked before the first is changed: a create under the key of one that is changed waits for it, and may hold what
-- we wait for.
locked AS MATERIALIZED (
    SELECT array_agg(id) AS ids FROM unread
),
marked AS (
    UPDATE notifications AS n
    SET read_at = notification_now(), updated_at = notification_now()
    FROM locked
    WHERE n.id = ANY (locked.ids)
    RETURNING 1
)
SELECT count(*) AS updated FROM marked
