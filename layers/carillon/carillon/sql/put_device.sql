-- Store a phone as this person's. One that changes hands takes its row along, under a new id, so that nothing still on
-- its way for the old owner (a removal, a push that finds it gone) meets the new one.
INSERT INTO notification_devices AS d (id, user_id, platform, token, endpoint_arn, created_at, updated_at)
VALUES (
    %(id)s, %(user_id)s, %(platform)s, %(token)s, %(endpoint_arn)s, notification_now(), notification_now()
)
ON CONFLICT (platform, token) DO UPDATE SET
    id = CASE WHEN d.user_id = excluded.user_id THEN d.id ELSE excluded.id END,
    created_at = CASE WHEN d.user_id = excluded.user_id THEN d.created_at ELSE excluded.created_at END,
    user_id = excluded.user_id, endpoint_arn = excluded.endpoint_arn, enabled = true,
    updated_at = excluded.updated_at
RETURNING id, platform, enabled, created_at
