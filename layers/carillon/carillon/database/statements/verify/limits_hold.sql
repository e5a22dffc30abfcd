-- More deliveries opened for a person and minute than the limit, or a second overflow digest. It checks the last hour
-- only, because the limit may have been higher before. A delivery that was cancelled before its first claim does not
-- count: it made room for another.
SELECT
    NULL::uuid AS notification_id, max(d.id::text)::uuid AS delivery_id, count(*) OVER () AS broken,
    d.channel || ': ' || count(*) || CASE
        WHEN d.of_the_rest THEN ' digests of the rest for one minute'
        ELSE ' opened for one minute, the limit is ' || max(d.a_minute)
    END AS detail
FROM (
    SELECT
        id, user_id, channel, date_trunc('minute', first_available_at) AS minute,
        coalesce(starts_with(digest_key, 'limit:'), false) AS of_the_rest,
        (%(per_minute)s::jsonb ->> channel)::integer AS a_minute
    FROM deliveries
    WHERE created_at > current_moment() - interval '1 hour' AND NOT (status = 'skipped' AND claim_no = 0)
) AS d
GROUP BY d.user_id, d.channel, d.minute, d.of_the_rest
HAVING count(*) > CASE WHEN d.of_the_rest THEN 1 ELSE max(d.a_minute) END
ORDER BY delivery_id
LIMIT %(rows)s
