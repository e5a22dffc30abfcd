-- Return the people who have an address now, and the status of the address. Always one row. The limit is inside, so that
-- the planner uses the index of addresses and not the order of the result.
SELECT
    email_status(%(address)s::text) AS status,
    ARRAY(
        SELECT found.user_id
        FROM (
            SELECT r.user_id FROM recipients AS r
            WHERE lower(r.email) = lower(%(address)s::text) AND r.email IS NOT NULL
            LIMIT %(limit)s
        ) AS found
        ORDER BY found.user_id
    ) AS people
