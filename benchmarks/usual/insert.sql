INSERT INTO usual.notifications (user_id, event_name, title, body, severity, target_url, data, idempotency_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (user_id, idempotency_key) DO NOTHING
RETURNING id, created_at
