-- Stop at a channel that a rule does not know. Each CASE over channels ends with it, so that a new channel is never
-- treated like another one. It raises SQLSTATE CHN01, which also stands in the log. The result type only fits the CASE.
--
-- IMMUTABLE, because the planner could not inline a rule that contains a volatile function.
CREATE OR REPLACE FUNCTION unknown_channel(channel text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'CHN01', MESSAGE = format('unknown channel: %s', coalesce(channel, 'NULL')),
        HINT = 'Add the channel to each CASE that ends with unknown_channel.';
END
$$;
