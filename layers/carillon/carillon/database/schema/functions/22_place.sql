-- Choose the delivery of a notification: an open digest, a new delivery or, over the limit, the overflow digest of the
-- next minute. No notification is dropped.
--
-- The caller holds the row of rate_limits for this person and channel. So no other transaction can open a
-- delivery between the queries here and the insert. But a claim may close a digest. So the row of a digest is locked
-- before the notification joins it, and if the digest is closed by then, another one opens.
--
-- Return the route with `leaves_at`, `delivery_id`, `digest_key` and `opens` (true: the delivery is new).
CREATE OR REPLACE FUNCTION place(
    person text,
    channel text,
    scheduled jsonb,  -- schedule
    urgent boolean,  -- critical or mandatory: quiet hours do not defer it
    expires_at timestamptz,
    quiet_from time,
    quiet_to time,
    zone text,
    a_minute integer  -- how many deliveries may open for a minute (NULL: any number), besides the overflow digest
) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    leaves_at timestamptz := scheduled ->> 'leaves_at';
    key text := scheduled ->> 'digest_key';
    reason text := scheduled ->> 'reason';
    joined uuid;
    joined_leaves_at timestamptz;
    quiet_until timestamptz;
    full_up boolean;
BEGIN
    IF scheduled ->> 'action' = 'off' THEN
        RETURN scheduled;
    END IF;
    LOOP
        -- A notification that joins an open digest is sent with it, even if its own time falls into quiet hours.
        -- Exception: something urgent may have opened an overflow digest that is sent during the quiet hours. Do not
        -- join that one.
        quiet_until := CASE WHEN NOT urgent THEN quiet_until(leaves_at, quiet_from, quiet_to, zone) END;
        IF key IS NOT NULL AND (quiet_until IS NULL OR NOT starts_with(key, 'limit:')) THEN
            SELECT id, available_at INTO joined, joined_leaves_at
            FROM open_digest(person, channel, key);
            EXIT WHEN joined IS NOT NULL AND (
                urgent OR quiet_until IS NULL
                OR quiet_until(joined_leaves_at, quiet_from, quiet_to, zone) IS NULL
            );
            joined := NULL;
            joined_leaves_at := NULL;
        END IF;

        IF quiet_until IS NOT NULL THEN
            leaves_at := quiet_until;
            key := 'quiet:' || minute_text(leaves_at);
            reason := 'quiet_hours';
            CONTINUE;
        END IF;

        IF starts_with(key, 'limit:') THEN
            -- A minute has one overflow digest. Once a worker has claimed it, the next minute's is used.
            full_up := EXISTS (
                SELECT FROM deliveries AS d
                WHERE d.user_id = person AND d.channel = place.channel
                    AND d.first_available_at = leaves_at AND d.digest_key = key
                    AND NOT (d.status = 'skipped' AND d.claim_no = 0)
            );
        ELSE
            SELECT coalesce(count(*) >= a_minute, false) INTO full_up
            FROM (
                SELECT FROM deliveries AS d
                WHERE d.user_id = person AND d.channel = place.channel
                    AND d.first_available_at >= date_trunc('minute', leaves_at)
                    AND d.first_available_at < date_trunc('minute', leaves_at) + interval '1 minute'
                    AND (d.digest_key IS NULL OR NOT starts_with(d.digest_key, 'limit:'))
                    AND NOT (d.status = 'skipped' AND d.claim_no = 0)  -- cancelled before its first claim
                LIMIT a_minute
            ) AS opened;
        END IF;
        EXIT WHEN NOT full_up;

        leaves_at := date_trunc('minute', leaves_at) + interval '1 minute';
        key := 'limit:' || minute_text(leaves_at);
        reason := 'rate_limited';
    END LOOP;

    leaves_at := coalesce(joined_leaves_at, leaves_at);
    IF expires_at <= leaves_at THEN
        RETURN jsonb_build_object('action', 'off', 'reason', 'expired');
    END IF;
    RETURN scheduled || jsonb_build_object(
        'action', CASE WHEN key IS NULL THEN 'now' ELSE 'digest' END, 'reason', reason, 'leaves_at', leaves_at,
        'digest_key', key, 'delivery_id', coalesce(joined, new_uuidv7()), 'opens', joined IS NULL
    );
END
$$;

-- Return the open digest of a key, with its row locked; no row if none is open.
--
-- A claim may close the digest while this function waits. Then the subtransaction gives the lock back, because the
-- caller locks another digest next. That one may come first in the lock order (docs/architecture.md#the-lock-order).
CREATE OR REPLACE FUNCTION open_digest(person text, channel text, key text)
RETURNS TABLE (id uuid, available_at timestamptz)
LANGUAGE plpgsql
AS $$
BEGIN
    RETURN QUERY
    SELECT d.id, d.available_at FROM deliveries AS d
    WHERE d.user_id = person AND d.channel = open_digest.channel AND d.open_digest_key = key
    FOR NO KEY UPDATE SKIP LOCKED;
    IF FOUND OR NOT EXISTS (
        SELECT FROM deliveries AS d
        WHERE d.user_id = person AND d.channel = open_digest.channel AND d.open_digest_key = key
    ) THEN
        RETURN;
    END IF;
    BEGIN
        RETURN QUERY
        SELECT d.id, d.available_at FROM deliveries AS d
        WHERE d.user_id = person AND d.channel = open_digest.channel AND d.open_digest_key = key
        FOR NO KEY UPDATE;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'DIG01', MESSAGE = 'closed meanwhile';
        END IF;
    EXCEPTION WHEN SQLSTATE 'DIG01' THEN
        NULL;
    END;
END
$$;
