-- The ways to reach a person. A new channel needs one branch in each of these functions, and no change to
-- any other statement.

-- Return for each person why a message cannot reach them, and their time zone. `obstacles` has a key for each channel;
-- null means that nothing prevents a message. One row for each person, also for an unknown one.
--
-- The result is a set, because the planner inlines such a function in FROM. OFFSET 0: 05_policy.sql.
CREATE OR REPLACE FUNCTION contacts(people text[]) RETURNS TABLE (user_id text, obstacles jsonb, timezone text)
LANGUAGE sql STABLE AS $$
    SELECT
        person,
        jsonb_build_object(
            'email', CASE WHEN r.email IS NULL THEN 'no_address' ELSE s.reason END,  -- bounced, complained
            'push', CASE WHEN NOT EXISTS (SELECT FROM devices AS d WHERE d.user_id = person AND d.enabled OFFSET 0)
                THEN 'no_device' END
        ),
        r.timezone
    FROM unnest(people) AS person
    LEFT JOIN LATERAL (SELECT * FROM recipients AS r WHERE r.user_id = person OFFSET 0) AS r ON true
    LEFT JOIN LATERAL (
        SELECT s.reason FROM suppressions AS s WHERE s.address_hash = address_hash(r.email) OFFSET 0
    ) AS s ON true
$$;

-- Raise SQLSTATE CHN01 for a channel that these functions or the caller's rules do not know. So it is never treated like
-- another one. The function never returns; it has a type so that it can stand in a CASE.
CREATE OR REPLACE FUNCTION unknown_channel(channel text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'CHN01', MESSAGE = format('unknown channel: %s', coalesce(channel, 'NULL')),
        HINT = 'Add the channel to the functions of 16_channels.sql, and to CHANNELS in models/channel.py.';
END
$$;

-- Return where to send claimed deliveries, in which language, and what only their channel needs. The fields are those of
-- ClaimedDelivery in models/delivery.py.
--
-- A push may find no device, if the last one was deleted after the final check. Its sender reports that. A transaction
-- that changes the owner of a device, or deletes it, waits for the lock on the device: 52_devices.sql.
CREATE OR REPLACE FUNCTION destinations(ids uuid[]) RETURNS TABLE (delivery_id uuid, locale text, destination json)
LANGUAGE plpgsql ROWS 1000 AS $$  -- so many that a join hashes them
BEGIN
    RETURN QUERY
    SELECT d.id, r.locale, json_build_object('email', r.email, 'signing_key', (
        SELECT json_build_object('id', k.id, 'secret', encode(k.secret, 'hex'))
        FROM signing_keys AS k
        ORDER BY k.created_at DESC, k.id DESC
        LIMIT 1
    ))
    FROM deliveries AS d
    LEFT JOIN LATERAL (SELECT * FROM recipients AS r WHERE r.user_id = d.user_id OFFSET 0) AS r ON true
    WHERE d.id = ANY (ids) AND d.channel = 'email'
    UNION ALL
    SELECT d.id, r.locale, json_build_object('unread_count', (
        SELECT u.unread_count FROM unread(d.user_id) AS u
    ), 'devices', (
        SELECT coalesce(json_agg(json_build_object(
            'device_id', v.id, 'platform', v.platform, 'endpoint_arn', v.endpoint_arn
        )), '[]')
        FROM (
            SELECT v.id, v.platform, v.endpoint_arn FROM devices AS v
            WHERE v.user_id = d.user_id AND v.enabled
            ORDER BY v.id
            FOR KEY SHARE
        ) AS v
    ))
    FROM deliveries AS d
    LEFT JOIN LATERAL (SELECT * FROM recipients AS r WHERE r.user_id = d.user_id OFFSET 0) AS r ON true
    WHERE d.id = ANY (ids) AND d.channel = 'push';
END
$$;
