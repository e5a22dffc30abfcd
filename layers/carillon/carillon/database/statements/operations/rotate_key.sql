-- Create the key that signs from now on, also if the clock went back. A repeat with the same id changes nothing.
WITH made AS (
    INSERT INTO signing_keys (id, secret, created_at)
    SELECT
        %(id)s, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
        greatest(current_moment(), max(created_at) + interval '1 microsecond')
    FROM signing_keys
    ON CONFLICT (id) DO NOTHING
    RETURNING id
),
logged AS (
    INSERT INTO operator_log (at, operator, action, arguments, affected)
    SELECT current_moment(), %(operator)s, 'rotate_key', jsonb_build_object('key_id', id), 1 FROM made
)
SELECT count(*) AS made FROM made
