-- The delivery that a notification leaves in: an open digest, a new delivery, or, over the limit, the digest of the next
-- minute. Nothing is dropped.
--
-- The caller holds the row of notification_rate_limits for this person and channel, so nobody else opens anything
-- meanwhile: what is open and how much leaves in a minute can be looked up and then acted on. A digest can close, though,
-- when it is claimed: it is joined with its row locked, and where the lock finds it closed another one opens.
--
-- Returns the route with `leaves_at`, `delivery_id`, `digest_key` and `opens` (whether the delivery is a new one).
CREATE OR REPLACE FUNCTION notification_place(
    person text,
    channel text,
    scheduled jsonb,  -- notification_schedule
    urgent boolean,  -- critical or mandatory: quiet hours do not hold it
    expires_at timestamptz,
    quiet_from time,
    quiet_to time,
    zone text,
    a_minute integer  -- how many deliveries may open for a minute (NULL: any); the digest of the rest is one more
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
        quiet_until := CASE WHEN NOT urgent THEN notification_quiet_until(leaves_at, quiet_from, quiet_to, zone) END;
        IF quiet_until IS NOT NULL THEN
            leaves_at := quiet_until;
            key := 'quiet:' || notification_minute(leaves_at);
            reason := 'quiet_hours';
        END IF;

        IF key IS NOT NULL THEN
            SELECT d.id, d.available_at INTO joined, joined_leaves_at
            FROM notification_deliveries AS d
            WHERE d.user_id = person AND d.channel = notification_place.channel AND d.open_digest_key = key
            FOR NO KEY UPDATE;
            IF FOUND THEN
                leaves_at := joined_leaves_at;
                EXIT;
            END IF;
        END IF;

        IF starts_with(key, 'limit:') THEN
            -- A minute has one digest of the rest: once that has left, what still comes waits for the next minute's.
            full_up := EXISTS (
                SELECT FROM notification_deliveries AS d
                WHERE d.user_id = person AND d.channel = notification_place.channel
                    AND d.first_available_at = leaves_at AND d.digest_key = key
            );
        ELSE
            SELECT coalesce(count(*) >= a_minute, false) INTO full_up
            FROM (
                SELECT FROM notification_deliveries AS d
                WHERE d.user_id = person AND d.channel = notification_place.channel
                    AND d.first_available_at >= date_trunc('minute', leaves_at)
                    AND d.first_available_at < date_trunc('minute', leaves_at) + interval '1 minute'
                    AND (d.digest_key IS NULL OR NOT starts_with(d.digest_key, 'limit:'))
                LIMIT a_minute
            ) AS opened;
        END IF;
        EXIT WHEN NOT full_up;

        leaves_at := date_trunc('minute', leaves_at) + interval '1 minute';
        key := 'limit:' || notification_minute(leaves_at);
        reason := 'rate_limited';
    END LOOP;

    IF expires_at <= leaves_at THEN
        RETURN jsonb_build_object('action', 'off', 'reason', 'expired');
    END IF;
    RETURN scheduled || jsonb_build_object(
        'action', CASE WHEN key IS NULL THEN 'now' ELSE 'digest' END, 'reason', reason, 'leaves_at', leaves_at,
        'digest_key', key, 'delivery_id', coalesce(joined, notification_uuidv7()), 'opens', joined IS NULL
    );
END
$$;
