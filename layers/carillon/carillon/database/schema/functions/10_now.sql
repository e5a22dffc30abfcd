-- Return the time. All SQL reads it here. A test session may set carillon.now, to test minutes, clock changes and quiet
-- hours.
CREATE OR REPLACE FUNCTION current_moment() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('carillon.now', true), '')::timestamptz, statement_timestamp())
$$;

-- Return the time after a wait for locks. current_moment() does not advance within one call.
CREATE OR REPLACE FUNCTION clock_moment() RETURNS timestamptz
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT coalesce(nullif(current_setting('carillon.now', true), '')::timestamptz, clock_timestamp())
$$;

-- Return the DelaySeconds of a message that must arrive when its delivery is due. It is rounded up, because a message
-- that arrives too early is useless.
CREATE OR REPLACE FUNCTION delay_seconds(due timestamptz, moment timestamptz) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT greatest(0, ceil(extract(epoch FROM due - moment)))::integer
$$;
