-- 200,000 finished deliveries, as after months of use, and a few active ones. Ids grow with time.
INSERT INTO notifications (
    id, user_id, created_by, event_name, title, severity, request_hash, in_app, routing, created_at, updated_at
)
SELECT
    overlay(uuidv7_floor(past)::text PLACING lpad(to_hex(n), 12, '0') FROM 25)::uuid,
    'user-' || mod(n, 20000), 'producer:billing', 'invoice.paid', 'Paid', 'critical', '', true, '{}', past, past
FROM (
    SELECT n, now() - interval '360 days' + n * interval '150 seconds' AS past
    FROM generate_series(%(first)s::integer, %(last)s::integer) AS n
) AS numbered;
INSERT INTO deliveries (
    id, user_id, channel, status, attempts, available_at, dispatched_at, locked_at, finished_at, created_at
)
SELECT
    id, user_id, 'email', status::delivery_status, 1, moment, moment,
    CASE status WHEN 'sending' THEN moment END, CASE WHEN status IN ('sent', 'failed') THEN moment END, created_at
FROM (
    SELECT
        *, CASE status WHEN 'sent' THEN created_at ELSE now() - interval '1 minute' END AS moment
    FROM (
        SELECT *, CASE
            WHEN %(status)s <> 'sent' THEN %(status)s::text
            WHEN nr <= 60 THEN 'pending' WHEN nr <= 120 THEN 'sending' WHEN nr <= 220 THEN 'failed' ELSE 'sent'
        END AS status
        FROM (SELECT *, row_number() OVER (ORDER BY id DESC) AS nr FROM notifications) AS n
        WHERE nr <= %(last)s::integer - %(first)s::integer + 1
    ) AS n
) AS n;
INSERT INTO delivery_items (notification_id, channel, delivery_id)
SELECT id, channel, id FROM deliveries AS d
WHERE NOT EXISTS (SELECT FROM delivery_items AS i WHERE i.delivery_id = d.id);
