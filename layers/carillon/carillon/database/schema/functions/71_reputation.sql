-- Return what became of each producer's email within a day, with a level (pause, warn or NULL) and the rate that is its
-- reason.
-- limits: minimum (a number of emails); warn_bounced, warn_complained, pause_bounced and pause_complained (per cent).
CREATE OR REPLACE FUNCTION reputations_of_day(moment timestamptz, limits jsonb)
RETURNS TABLE (creator text, accepted bigint, bounced bigint, complained bigint, level text, reason text)
LANGUAGE sql STABLE AS $$
    SELECT
        day.creator, day.accepted, day.bounced, day.complained,
        CASE
            WHEN day.accepted < (limits ->> 'minimum')::integer THEN NULL
            WHEN rate.complained >= (limits ->> 'pause_complained')::float THEN 'pause'
            WHEN rate.bounced >= (limits ->> 'pause_bounced')::float THEN 'pause'
            WHEN rate.complained >= (limits ->> 'warn_complained')::float THEN 'warn'
            WHEN rate.bounced >= (limits ->> 'warn_bounced')::float THEN 'warn'
        END,
        CASE
            WHEN rate.complained >= (limits ->> 'pause_complained')::float THEN 'complaint_rate'
            WHEN rate.bounced >= (limits ->> 'pause_bounced')::float THEN 'bounce_rate'
            WHEN rate.complained >= (limits ->> 'warn_complained')::float THEN 'complaint_rate'
            WHEN rate.bounced >= (limits ->> 'warn_bounced')::float THEN 'bounce_rate'
        END
    FROM (
        SELECT r.creator, sum(r.accepted) AS accepted, sum(r.bounced) AS bounced, sum(r.complained) AS complained
        FROM reputations AS r
        WHERE r.hour > moment - interval '1 day'
        GROUP BY r.creator
    ) AS day
    CROSS JOIN LATERAL (
        SELECT
            100.0 * day.bounced / nullif(day.accepted, 0) AS bounced,
            100.0 * day.complained / nullif(day.accepted, 0) AS complained
    ) AS rate
$$;

-- Count what became of each producer's email. Pause the email of a producer that bounces or is complained about too
-- often, except critical email, before the provider pauses the whole account. The caller has locked the deliveries of
-- `news`. Return the producers of `news` that must be warned or paused, with their day.
--
-- An event of a digest counts for each producer with a notification in it, because the event does not say which one was
-- unwanted. Notifications that people record for themselves do not count: they go to the person's own address, which is
-- suppressed at the first bounce.
CREATE OR REPLACE FUNCTION count_reputation(news provider_event[], moment timestamptz, limits jsonb) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    suspects text[];
    concerned jsonb;
BEGIN
    WITH told AS (
        SELECT told.*, told.is_new AND told.counts AND told.kind IN ('bounced', 'complained') AS came_back
        FROM unnest(news) AS told
        WHERE told.channel = 'email'
    ),
    counted AS (
        SELECT
            made.creator,
            count(DISTINCT told.message_id) FILTER (WHERE told.is_first) AS accepted,
            count(*) FILTER (WHERE told.came_back AND told.kind = 'bounced') AS bounced,
            count(*) FILTER (WHERE told.came_back AND told.kind = 'complained') AS complained
        FROM told
        CROSS JOIN LATERAL (
            SELECT DISTINCT n.created_by AS creator
            FROM delivery_items AS i
            JOIN notifications AS n ON n.id = i.notification_id
            WHERE i.delivery_id = told.delivery_id AND starts_with(n.created_by, 'producer:')
        ) AS made
        GROUP BY made.creator
    ),
    stored AS (
        INSERT INTO reputations AS r (creator, hour, accepted, bounced, complained)
        SELECT creator, date_trunc('hour', moment), accepted, bounced, complained FROM counted
        WHERE accepted + bounced + complained > 0
        ORDER BY creator
        ON CONFLICT (creator, hour) DO UPDATE SET
            accepted = r.accepted + excluded.accepted, bounced = r.bounced + excluded.bounced,
            complained = r.complained + excluded.complained
    )
    SELECT array_agg(creator) INTO suspects FROM counted WHERE bounced + complained > 0;

    IF suspects IS NULL THEN
        RETURN '[]';
    END IF;
    SELECT coalesce(jsonb_agg(to_jsonb(day)), '[]') INTO concerned
    FROM reputations_of_day(moment, limits) AS day
    WHERE day.creator = ANY (suspects) AND day.level IS NOT NULL;

    -- Critical email continues. After a day, the rates of that day are over. If an operator resumes earlier, they start
    -- again at zero (statements/operations/resume.sql).
    INSERT INTO pauses AS p (channel, creator, spare_critical, until, reason, created_at)
    SELECT 'email', day.creator, true, moment + interval '1 day', day.reason, moment
    FROM jsonb_to_recordset(concerned) AS day (creator text, level text, reason text)
    WHERE day.level = 'pause'
    ORDER BY day.creator
    ON CONFLICT (channel, event, creator, spare_critical) WHERE NOT automatic DO UPDATE SET
        until = greatest(p.until, excluded.until), reason = excluded.reason;

    RETURN concerned;
END
$$;
