-- Return the smallest UUIDv7 of a moment (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then the version.
-- Ids grow with time, so "older than" is a range of the primary key.
CREATE OR REPLACE FUNCTION uuidv7_floor(moment timestamptz) RETURNS uuid
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '70008000000000000000';
END
$$;

-- Return the bucket of a person, 0 to 1023: the first ten bits of the SHA-256 of the id in UTF-8. bucket_of() in
-- carillon/ids.py returns the same. Stored ids carry it, so it never changes. PostgreSQL's own hash functions may change
-- with a version.
CREATE OR REPLACE FUNCTION bucket_of(person text) RETURNS integer
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    hash constant bytea := sha256(convert_to(person, 'UTF8'));
BEGIN
    RETURN (get_byte(hash, 0) << 2) | (get_byte(hash, 1) >> 6);
END
$$;

-- Return a UUIDv7 of now that carries the bucket of a person. It is a random UUID with other first 48 bits, the
-- milliseconds, and with the version 7. The ten bits after the variant are the bucket. 64 random bits remain. New rows go
-- to the last pages of the index; with random ids they would go anywhere.
CREATE OR REPLACE FUNCTION new_uuidv7(person text) RETURNS uuid
LANGUAGE plpgsql VOLATILE PARALLEL SAFE AS $$
DECLARE
    made bytea := uuid_send(gen_random_uuid());
BEGIN
    made := overlay(
        made PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6
    );
    made := overlay(
        made PLACING substring(int4send(32768 | (bucket_of(person) << 4) | (get_byte(made, 9) & 15)) FROM 3) FROM 9 FOR 2
    );
    RETURN encode(set_bit(set_bit(made, 52, 1), 53, 1), 'hex')::uuid;
END
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
