-- The state of the queue, for the reaper's gauges and for the operator. Each function uses one partial index. The result is a set, because the planner inlines such a function in FROM.

-- The pending deliveries. oldest_due_seconds is the delay of the delivery that is due for the longest time.
CREATE OR REPLACE FUNCTION backlog() RETURNS TABLE (pending bigint, due bigint, oldest_due_seconds float)
LANGUAGE sql STABLE AS $$
    SELECT
        count(*), count(*) FILTER (WHERE available_at <= current_moment()),
        greatest(0, coalesce(extract(epoch FROM current_moment() - min(available_at)), 0))::float
    FROM deliveries
    WHERE finished_at IS NULL AND status = 'pending'
$$;

-- The failed deliveries by reason.
-- since and error: NULL stands for any.
CREATE OR REPLACE FUNCTION failures(since timestamptz, error text)
RETURNS TABLE (channel text, code text, permanent boolean, count bigint, oldest timestamptz, newest timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT d.channel, d.error_code, d.permanent, count(*), min(d.failed_at), max(d.failed_at)
    FROM deliveries AS d
    WHERE d.failed_at >= coalesce(since, '-infinity')
        AND (error IS NULL OR d.error_code = error)
    GROUP BY d.channel, d.error_code, d.permanent
$$;
