-- Return a notification as its person sees it: in the feed and in the answer to a change. All other columns stay in the
-- database. The model is Notification in models/notification.py.
--
-- The body is one expression, so the planner inlines it: a page still reads only these columns.
CREATE OR REPLACE FUNCTION feed_entry(n notifications) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object(
        'id', n.id, 'user_id', n.user_id, 'created_by', n.created_by, 'event_name', n.event_name, 'title', n.title, 'body', n.body,
        'summary', n.summary, 'severity', n.severity, 'target_url', n.target_url, 'data', n.data,
        'batch_key', n.batch_key, 'send_at', n.send_at, 'expires_at', n.expires_at, 'read_at', n.read_at,
        'archived_at', n.archived_at, 'created_at', n.created_at, 'updated_at', n.updated_at
    )
$$;
