-- The one clock. A session may set carillon.now, so that minute windows, clock changes and quiet hours can be tested.
CREATE OR REPLACE FUNCTION notification_now() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('carillon.now', true), '')::timestamptz, statement_timestamp())
$$;

-- The same clock after a wait for locks, within one call: notification_now() stands still there.
CREATE OR REPLACE FUNCTION notification_clock() RETURNS timestamptz
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('carillon.now', true), '')::timestamptz, clock_timestamp())
$$;

-- The DelaySeconds that makes a message arrive when its delivery is due: rounded up, since early is useless.
CREATE OR REPLACE FUNCTION notification_delay_seconds(due timestamptz, moment timestamptz) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT greatest(0, ceil(extract(epoch FROM due - moment)))::integer
$$;
