SELECT id, created_at FROM usual.notifications WHERE user_id = $1 AND idempotency_key = $2
