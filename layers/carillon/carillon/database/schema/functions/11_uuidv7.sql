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

-- Return the id of the delivery that a notification opens on its channel of a number, from 1 to 255. It is the id of
-- the notification with another last byte. So it carries the same bucket and grows with the same time, and it costs a
-- tenth of a new id.
CREATE OR REPLACE FUNCTION delivery_id_for(notification uuid, number integer) RETURNS uuid
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    made constant bytea := uuid_send(notification);
BEGIN
    RETURN encode(set_byte(made, 15, get_byte(made, 15) # number), 'hex')::uuid;
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
