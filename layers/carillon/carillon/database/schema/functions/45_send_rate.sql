-- The send rate of a channel after an outage: a token bucket whose rate adapts (AIMD: additive increase, multiplicative
-- decrease). docs/architecture.md#pauses-outages-and-send-rates explains it.

-- Take tokens for the deliveries, and return the deferrals of those for which the bucket has none.
CREATE OR REPLACE FUNCTION defer_by_rate(due due_delivery[], moment timestamptz) RETURNS deferral[]
LANGUAGE plpgsql AS $$
DECLARE
    -- Seconds. The estimate of the time to drain a small backlog is rough, so a deferred delivery waits at least so
    -- long.
    shortest_wait constant integer := 30;
    made deferral[] := '{}';
    rate send_rates;
    bucket double precision;
    turned_away uuid[];
    taken integer;
    returning_now integer;
    returning_later integer;
BEGIN
    FOR rate IN
        SELECT * FROM send_rates AS r
        WHERE r.channel IN (SELECT d.channel FROM unnest(due) AS d)
        ORDER BY r.channel
        FOR UPDATE
    LOOP
        -- The tokens of one second, but at least a batch. Unused tokens above that are lost.
        bucket := least(
            greatest(rate.per_second, bucket_minimum()),
            rate.tokens + rate.per_second * extract(epoch FROM moment - rate.filled_at)
        );
        SELECT
            coalesce(array_agg(queued.id) FILTER (WHERE queued.waits), '{}'),
            count(*) FILTER (WHERE NOT queued.waits),
            count(*) FILTER (WHERE NOT queued.waits AND queued.paced),
            count(*) FILTER (WHERE queued.waits AND NOT queued.paced)
        INTO turned_away, taken, returning_now, returning_later
        FROM (
            SELECT d.id, d.paced, NOT standing.fresh AND row_number() OVER (
                ORDER BY standing.fresh DESC, d.first_available_at, d.id
            ) > bucket AS waits
            FROM unnest(due) AS d
            CROSS JOIN LATERAL (
                SELECT d.first_available_at > moment - least(rate.look_again, fresh_for()) AS fresh
            ) AS standing
            WHERE d.channel = rate.channel
        ) AS queued;

        rate.waiting := greatest(0, rate.waiting + returning_later - returning_now);
        UPDATE send_rates AS r
        SET
            tokens = bucket - taken, filled_at = moment, waiting = rate.waiting,
            busy_at = CASE WHEN turned_away <> '{}' THEN moment ELSE r.busy_at END
        WHERE r.channel = rate.channel;
        -- So as many deliveries become due in a second as the provider accepts.
        made := made || ARRAY(
            SELECT ROW(id, moment + (0.5 + random()) * least(
                rate.look_again, make_interval(secs => greatest(shortest_wait, rate.waiting / rate.per_second))
            ), 'pace')::deferral
            FROM unnest(turned_away) AS id
        );
    END LOOP;
    RETURN made;
END
$$;

-- Adapt the send rate of each reported channel. After an outage, and at the first throttle, the channel starts slowly.
-- Each accepted message raises its rate, and each throttled message lowers it (05_policy.sql). The caller has locked
-- deliveries before this call.
CREATE OR REPLACE FUNCTION adapt_send_rates(reports jsonb, moment timestamptz) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM FROM send_rates
    WHERE channel IN (SELECT report ->> 'channel' FROM jsonb_array_elements(reports) AS report)
    ORDER BY channel
    FOR UPDATE;

    UPDATE send_rates AS p
    SET
        per_second = CASE
            WHEN r.out IS FALSE THEN rate_start()
            ELSE greatest(
                rate_minimum(),
                p.per_second + rate_increase() * r.taken - rate_decrease() * r.throttled
            )
        END,
        busy_at = CASE WHEN r.out IS FALSE OR r.throttled > 0 THEN moment ELSE p.busy_at END
    FROM jsonb_to_recordset(reports) AS r (channel text, out boolean, taken integer, throttled integer)
    WHERE p.channel = r.channel;

    INSERT INTO send_rates (channel, per_second, tokens, filled_at, waiting, busy_at, look_again)
    SELECT r.channel, rate_start(), 0, moment, 0, moment, r.turn_seconds * interval '1 second'
    FROM jsonb_to_recordset(reports) AS r (channel text, out boolean, throttled integer, turn_seconds integer)
    WHERE r.out IS FALSE OR r.throttled > 0
    ORDER BY r.channel
    ON CONFLICT (channel) DO NOTHING;
END
$$;
