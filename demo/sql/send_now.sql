-- An open digest is due now. One that was closed meanwhile is not there.
UPDATE notification_deliveries SET available_at = now()
WHERE id = %(id)s AND status = 'pending' AND open_digest_key IS NOT NULL
RETURNING id
