-- Open or close the circuit breaker of each reported channel:
--
-- - out is true: no request was answered. Pause the channel for `seconds`; then probe it.
-- - out is false: the provider answered a probe. End the automatic pause.
-- - out is null: no change.
--
-- Only a failed probe extends a pause, because only its report has a higher number of `failures`. All batches that were
-- on the way when the outage began report the same number. The caller locks deliveries after this call.
CREATE OR REPLACE FUNCTION report_outages(reports jsonb, moment timestamptz) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM FROM pauses
    WHERE automatic AND channel IN (SELECT report ->> 'channel' FROM jsonb_array_elements(reports) AS report)
    ORDER BY channel
    FOR UPDATE;

    DELETE FROM pauses AS p
    USING jsonb_array_elements(reports) AS report
    WHERE p.automatic AND p.channel = report ->> 'channel' AND NOT (report ->> 'out')::boolean;

    INSERT INTO pauses AS p (channel, until, automatic, failures, probe_seconds, reason, created_at)
    SELECT
        report.channel, moment + report.seconds * interval '1 second', true, report.failures, report.seconds,
        report.code, moment
    FROM jsonb_to_recordset(reports) AS report (channel text, out boolean, failures integer, seconds integer, code text)
    WHERE report.out
    ORDER BY report.channel
    ON CONFLICT (channel) WHERE automatic DO UPDATE
    SET
        until = excluded.until, failures = excluded.failures, probe_seconds = excluded.probe_seconds,
        reason = excluded.reason
    WHERE excluded.failures > p.failures;
END
$$;
