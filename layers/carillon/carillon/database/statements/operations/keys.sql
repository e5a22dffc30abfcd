-- The keys that links in email are signed with, the newest first, which signs.
SELECT id, created_at, row_number() OVER newest = 1 AS signs
FROM notification_signing_keys
WINDOW newest AS (ORDER BY created_at DESC, id DESC)
ORDER BY created_at DESC, id DESC
