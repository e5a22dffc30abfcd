INSERT INTO usual.preferences (user_id) VALUES ($1)
ON CONFLICT (user_id) DO UPDATE SET user_id = excluded.user_id
RETURNING in_app_enabled, email_enabled, push_enabled
