-- The time at which a route is due: grouping, send_at, quiet hours.

-- Return the minute of a moment as text, for digest keys and reasons.
CREATE OR REPLACE FUNCTION minute_text(moment timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"')
$$;

-- Return the end of the quiet hours that a moment falls into, or NULL. The person's clock decides. The end is the first
-- full minute whose time on that clock is not quiet.
--
-- In a night in which the clock changes, the function checks every minute. If the change skips the end, the quiet hours
-- end with the change. An end or a start that the clock shows twice counts twice. If the change skips all time that is
-- not quiet, the quiet hours last another day.
CREATE OR REPLACE FUNCTION quiet_until(
    moment timestamptz, quiet_from time, quiet_to time, zone text
) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    clock timestamp;
    ending timestamptz;
BEGIN
    IF quiet_from IS NULL THEN
        RETURN NULL;
    END IF;
    BEGIN
        clock := moment AT TIME ZONE zone;
    EXCEPTION WHEN invalid_parameter_value THEN  -- the server's time zones are older than this name
        zone := 'UTC';
        clock := moment AT TIME ZONE zone;
    END;
    IF NOT quiet(clock::time, quiet_from, quiet_to) THEN
        RETURN NULL;
    END IF;
    ending := (clock::date + quiet_to + CASE WHEN clock::time < quiet_to THEN interval '0' ELSE interval '1 day' END)
        AT TIME ZONE zone;
    IF ending - moment = ending AT TIME ZONE zone - clock THEN  -- the clock does not change until then
        RETURN ending;
    END IF;
    ending := date_trunc('minute', moment) + interval '1 minute';
    WHILE quiet((ending AT TIME ZONE zone)::time, quiet_from, quiet_to) LOOP
        ending := ending + interval '1 minute';
    END LOOP;
    RETURN ending;
END
$$;

-- Return whether a time of day is within the quiet hours, which may pass midnight.
CREATE OR REPLACE FUNCTION quiet(clock time, quiet_from time, quiet_to time) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN quiet_from < quiet_to THEN clock >= quiet_from AND clock < quiet_to
        ELSE clock >= quiet_from OR clock < quiet_to
    END
$$;

-- Return the placement of a route with its time and, for a digest, with its key. The key of a scheduled notification
-- ends with the minute at which it is due. So today's warning never joins a digest of next month. An @ in a batch key
-- is doubled, so it cannot look like such a minute.
CREATE OR REPLACE FUNCTION schedule(route route, n notifications) RETURNS placement
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    made placement;
    starts timestamptz := greatest(n.created_at, n.send_at);
BEGIN
    made.notification_id := n.id;
    made.user_id := n.user_id;
    made.channel := route.channel;
    made.action := route.action;
    made.reason := route.reason;
    made.rule := route.rule;
    made.mandatory := route.mandatory;
    IF route.action = 'now' THEN
        made.leaves_at := starts;
    ELSIF route.action = 'digest' THEN
        -- The hour of UTC is the full hour in nearly every time zone.
        made.leaves_at := coalesce(
            starts + make_interval(mins => route.minutes),
            date_trunc('hour', starts + make_interval(mins => route.only_if_unread_minutes), 'UTC') + interval '1 hour'
        );
        made.digest_key := coalesce('batch:' || replace(n.batch_key, '@', '@@'), 'event:' || n.event_name);
        IF n.send_at > n.created_at THEN
            made.digest_key := made.digest_key || '@' || minute_text(made.leaves_at);
        END IF;
    END IF;
    RETURN made;
END
$$;
