-- Delete a signing key, unless it is the one that signs. Log the action.
WITH newest AS (
    SELECT id FROM signing_keys ORDER BY created_at DESC, id DESC LIMIT 1
),
retired AS (
    DELETE FROM signing_keys AS k
    WHERE k.id = %(key_id)s AND k.id <> (SELECT id FROM newest)
    RETURNING k.id
),
logged AS (
    INSERT INTO operator_log (at, operator, action, arguments, affected)
    SELECT current_moment(), %(operator)s, 'retire_key', jsonb_build_object('key_id', id), 1 FROM retired
)
SELECT EXISTS (SELECT FROM retired) AS retired, EXISTS (SELECT FROM newest WHERE id = %(key_id)s) AS signs
