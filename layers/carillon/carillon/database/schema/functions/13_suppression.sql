-- An address as suppressions know it. Spelling it in other letters makes no other address of it.
CREATE OR REPLACE FUNCTION notification_address_hash(email text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT encode(sha256(convert_to(lower(email), 'UTF8')), 'hex')
$$;

-- What providers said about an address: ok, bounced or complained; NULL for no address. The only place that is asked, so
-- that nothing about an address can be true for a person and wrong for another.
CREATE OR REPLACE FUNCTION notification_email_status(email text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN email IS NOT NULL THEN coalesce((
        SELECT s.reason FROM notification_suppressions AS s WHERE s.address_hash = notification_address_hash(email)
    ), 'ok') END
$$;
