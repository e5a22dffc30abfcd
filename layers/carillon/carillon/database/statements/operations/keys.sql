-- Return the keys that sign links in email, the newest first. The newest key signs.
SELECT id, created_at, row_number() OVER newest = 1 AS signs
FROM signing_keys
WINDOW newest AS (ORDER BY created_at DESC, id DESC)
ORDER BY created_at DESC, id DESC
