-- Return a delivery's history with one more entry, and only with the last entries. A throttle replaces its claim.
-- Several throttles in a row are one entry with a count, and several deferrals by a pause as well.
CREATE OR REPLACE FUNCTION add_history(history jsonb, entry jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    IF entry ->> 'event' IN ('throttled', 'paused') THEN
        IF entry ->> 'event' = 'throttled' AND history -> -1 ->> 'event' = 'claimed' THEN
            history := history - -1;
        END IF;
        IF history -> -1 -> 'event' = entry -> 'event' THEN
            entry := entry || jsonb_build_object('times', coalesce((history -> -1 ->> 'times')::integer, 1) + 1);
            history := history - -1;
        END IF;
    END IF;
    RETURN CASE WHEN jsonb_array_length(history) < history_limit() THEN history ELSE history - 0 END
        || jsonb_strip_nulls(entry);
END
$$;

-- Return a delivery's history together with the events of its provider, in the order in which they happened. Provider
-- events are stored apart, so that their order of arrival changes nothing.
CREATE OR REPLACE FUNCTION time_line(history jsonb, provider_events jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(jsonb_agg(entry ORDER BY at, position), '[]')
    FROM (
        SELECT entry, (entry ->> 'at')::timestamptz AS at, position
        FROM jsonb_array_elements(history) WITH ORDINALITY AS listed (entry, position)
        UNION ALL
        SELECT
            jsonb_strip_nulls(jsonb_build_object(
                'event', told -> 'kind', 'at', (told ->> 'at')::timestamptz, 'claim_no', told -> 'claim_no',
                'by', 'provider',
                'code', told -> 'detail', 'provider_message_ids', jsonb_build_array(told -> 'message_id')
            )),
            (told ->> 'at')::timestamptz, 1000
        FROM jsonb_each(provider_events) AS listed (key, told)
    ) AS entries
$$;
