-- Operators look up people by their address: find_people.sql. Upper and lower case make no difference, as in
-- address_hash().
CREATE INDEX recipients_address ON recipients (lower(email)) WHERE email IS NOT NULL;
