-- Choose the delivery of a notification: an open digest, a new delivery or, over the limit, the overflow digest of the
-- next minute. No notification is dropped.
--
-- The caller holds the person's row of rate_limits. So no other transaction can open a delivery for the person between
-- the queries here and the insert. But a claim may close a digest. So the row of a digest is locked before the
-- notification joins it. If the digest is closed by then, another one opens.

-- Return the placement of a scheduled route: with `delivery_id`, `opens` and the final `leaves_at` and `digest_key`.
-- If the notification expires before `leaves_at`, it is off.
CREATE OR REPLACE FUNCTION place(
    made placement,  -- schedule()
    quiet_from time,
    quiet_to time,
    zone text,
    n notifications,
    new_id uuid,  -- of the delivery, if one opens
    per_minute integer,  -- how many deliveries may open for a minute, besides the overflow digest
    full_now boolean  -- the minute of `made.leaves_at` has as many: full_minutes(). NULL: not known
) RETURNS placement
LANGUAGE plpgsql
AS $$
DECLARE
    urgent constant boolean := n.severity = 'critical' OR made.mandatory IS TRUE;  -- quiet hours do not defer it
    joined record;
    quiet_end timestamptz;
BEGIN
    LOOP
        -- A notification that joins an open digest is sent with it, even if its own time falls into quiet hours.
        -- Exception: something urgent may have opened an overflow digest that is sent during the quiet hours. Do not
        -- join that one.
        IF NOT urgent AND quiet_from IS NOT NULL THEN
            quiet_end := quiet_until(made.leaves_at, quiet_from, quiet_to, zone);
        END IF;
        IF made.digest_key IS NOT NULL AND (quiet_end IS NULL OR NOT starts_with(made.digest_key, 'limit:')) THEN
            SELECT id, available_at INTO joined FROM open_digest(made.user_id, made.channel, made.digest_key);
            IF FOUND AND (
                quiet_end IS NULL OR quiet_until(joined.available_at, quiet_from, quiet_to, zone) IS NULL
            ) THEN
                made.delivery_id := joined.id;
                made.leaves_at := joined.available_at;
                EXIT;
            END IF;
        END IF;
        IF quiet_end IS NOT NULL THEN
            made.leaves_at := quiet_end;
            made.digest_key := 'quiet:' || minute_text(quiet_end);
            made.reason := 'quiet_hours';
            full_now := NULL;
            CONTINUE;
        END IF;
        EXIT WHEN NOT coalesce(full_now, minute_is_full(made, per_minute));
        full_now := NULL;
        made.leaves_at := date_trunc('minute', made.leaves_at) + interval '1 minute';
        made.digest_key := 'limit:' || minute_text(made.leaves_at);
        made.reason := 'rate_limited';
    END LOOP;

    IF n.expires_at <= made.leaves_at THEN
        RETURN ROW(
            n.id, n.user_id, made.channel, 'off', 'expired', NULL, NULL, NULL, NULL, NULL, NULL
        )::placement;
    END IF;
    made.action := CASE WHEN made.digest_key IS NULL THEN 'now' ELSE 'digest' END;
    made.opens := made.delivery_id IS NULL;
    made.delivery_id := coalesce(made.delivery_id, new_id);
    RETURN made;
END
$$;

-- Return whether a delivery may no longer open for a person at the placement's time.
--
-- A minute has one overflow digest. Once a worker has claimed it, the next minute's is used. A delivery that was
-- cancelled before its first claim does not count.
CREATE OR REPLACE FUNCTION minute_is_full(made placement, per_minute integer) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF starts_with(made.digest_key, 'limit:') THEN
        RETURN EXISTS (
            SELECT FROM deliveries AS d
            WHERE d.user_id = made.user_id AND d.channel = made.channel
                AND d.first_available_at = made.leaves_at AND d.digest_key = made.digest_key
                AND NOT (d.status = 'skipped' AND d.claim_no = 0)
        );
    END IF;
    RETURN per_minute <= (
        SELECT count(*) FROM (
            SELECT FROM opened_for_minute(made.user_id, made.channel, made.leaves_at) LIMIT per_minute
        ) AS opened
    );
END
$$;

-- Return the deliveries of a person's minute that count for the limit. The planner inlines this function.
CREATE OR REPLACE FUNCTION opened_for_minute(person text, channel text, moment timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE AS $$
    SELECT d.id FROM deliveries AS d
    WHERE d.user_id = person AND d.channel = opened_for_minute.channel
        AND d.first_available_at >= date_trunc('minute', moment)
        AND d.first_available_at < date_trunc('minute', moment) + interval '1 minute'
        AND (d.digest_key IS NULL OR NOT starts_with(d.digest_key, 'limit:'))
        AND NOT (d.status = 'skipped' AND d.claim_no = 0)
$$;

-- Return the people and channels of a request whose minute is full, for the routes that send at this moment. One
-- statement counts for all of them.
CREATE OR REPLACE FUNCTION full_minutes(plans recipient_plan[], moment timestamptz) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ARRAY(
        SELECT route.channel || ':' || plan.user_id
        FROM unnest(plans) AS plan CROSS JOIN unnest(plan.routes) AS route
        WHERE route.action = 'now' AND route.per_minute <= (
            SELECT count(*) FROM (
                SELECT FROM opened_for_minute(plan.user_id, route.channel, moment) LIMIT route.per_minute
            ) AS opened
        )
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
