-- Write a batch of outcomes, fenced by claim_no, see migrations/functions/41_finish.sql.
SELECT * FROM notification_finish(%(results)s::jsonb, %(dispatch_ahead)s * interval '1 second')
