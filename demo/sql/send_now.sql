-- Make an open digest due now. If a worker has claimed it meanwhile, change nothing and return no row.
UPDATE deliveries SET available_at = now()
WHERE id = %(id)s AND status = 'pending' AND open_digest_key IS NOT NULL
RETURNING id
