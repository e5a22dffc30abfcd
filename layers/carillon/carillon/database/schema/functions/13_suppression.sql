-- Return the hash of an address, as suppressions store it. Upper and lower case make no difference. STABLE, because
-- convert_to() is: the planner inlines no IMMUTABLE function whose body is less.
CREATE OR REPLACE FUNCTION address_hash(email text) RETURNS text
LANGUAGE sql STABLE STRICT PARALLEL SAFE AS $$
    SELECT encode(sha256(convert_to(lower(email), 'UTF8')), 'hex')
$$;

-- Return the status of an address: ok, bounced or complained; NULL for no address. All SQL asks this function, so an
-- address has the same status for every person.
CREATE OR REPLACE FUNCTION email_status(email text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN email IS NOT NULL THEN coalesce((
        SELECT s.reason FROM suppressions AS s WHERE s.address_hash = address_hash(email)
    ), 'ok') END
$$;
