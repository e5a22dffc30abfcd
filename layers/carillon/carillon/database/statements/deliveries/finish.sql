-- Write the outcomes of a batch, fenced by claim_no, and the reports about its providers:
-- database/schema/functions/41_finish.sql.
SELECT * FROM finish(
    %(results)s::jsonb, %(dispatch_ahead)s * interval '1 second', %(reports)s::jsonb
)
