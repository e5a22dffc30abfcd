-- Write a batch of outcomes, fenced by claim_no, and what it learned of its providers: see
-- database/schema/functions/41_finish.sql.
SELECT * FROM notification_finish(
    %(results)s::jsonb, %(dispatch_ahead)s * interval '1 second', %(reports)s::jsonb
)
