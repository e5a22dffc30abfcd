-- Undo one mark_all_read. The rows that it marked have its time, which is of one statement. A row that the person has
-- marked since has another time, and stays as it is. A row that was archived since stays, too.
-- Lock the rows in the order of pruning and erasing, and all of them before the first changes, like mark_all_read.
WITH marked AS (
    SELECT id FROM notifications
    WHERE user_id = %(user_id)s AND in_app AND archived_at IS NULL AND read_at = %(read_at)s::timestamptz
    ORDER BY id
    FOR NO KEY UPDATE
),
locked AS MATERIALIZED (
    SELECT array_agg(id) AS ids FROM marked
),
unmarked AS (
    UPDATE notifications AS n
    SET read_at = NULL, updated_at = current_moment()
    FROM locked
    WHERE n.id = ANY (locked.ids)
    RETURNING 1
)
SELECT count(*) AS updated FROM unmarked
