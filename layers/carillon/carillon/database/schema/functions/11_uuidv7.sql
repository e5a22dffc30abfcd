-- Return the smallest UUIDv7 of a moment (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then the version.
-- Ids grow with time, so "older than" is a range of the primary key.
CREATE OR REPLACE FUNCTION uuidv7_floor(moment timestamptz) RETURNS uuid
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '70008000000000000000';
END
$$;

-- Return a UUIDv7 of now: a random UUID whose first 48 bits are the milliseconds, and whose version is 7 instead of 4.
-- PostgreSQL 18 has such a function, 15 to 17 do not. New rows go to the last pages of the index; with random ids they
-- would go anywhere.
CREATE OR REPLACE FUNCTION new_uuidv7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
    SELECT encode(set_bit(set_bit(overlay(
        uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6
    ), 52, 1), 53, 1), 'hex')::uuid
$$;

-- Return the end of the ids that are shown. Ids beyond were made for a later moment, so lists and counts never read
-- them, however many are scheduled. The end is an hour ahead, because clocks may disagree; within that hour `send_at`
-- decides.
--
-- PL/pgSQL, because the planner would inline an SQL function at each use: that costs each list about 0.1 ms of
-- planning.
CREATE OR REPLACE FUNCTION horizon() RETURNS uuid
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    RETURN uuidv7_floor(greatest(current_moment(), statement_timestamp()) + interval '1 hour');
END
$$;
