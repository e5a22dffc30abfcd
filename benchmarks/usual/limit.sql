INSERT INTO usual.rate_limits (user_id, channel, window_start) VALUES ($1, $2, date_trunc('minute', now()))
ON CONFLICT (user_id, channel, window_start) DO UPDATE SET count = rate_limits.count + 1
RETURNING count
