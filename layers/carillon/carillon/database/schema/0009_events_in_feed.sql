-- The indexes of the feed have the names of the events, and all that a page is chosen by. So a list that is filtered by
-- an event reads the index alone, and a filter that matches nothing reads no row.
DROP INDEX notifications_feed, notifications_unread, notifications_archive;
CREATE INDEX notifications_feed ON notifications (user_id, id DESC) INCLUDE (send_at, event_name)
    WHERE in_app AND archived_at IS NULL;
CREATE INDEX notifications_unread ON notifications (user_id, id DESC) INCLUDE (send_at, event_name)
    WHERE in_app AND archived_at IS NULL AND read_at IS NULL;
CREATE INDEX notifications_archive ON notifications (user_id, id DESC) INCLUDE (send_at, event_name, read_at)
    WHERE in_app AND archived_at IS NOT NULL;
