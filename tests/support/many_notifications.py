"""A large table for tests of plans: 200,000 notifications of 2,000 people. Three have far more than the others."""

from typing import Any

import psycopg

USUAL, HEAVY, LONG_AGO, AHEAD = "user_7", "heavy", "long_ago", "ahead"


def fill(connection: psycopg.Connection[Any]) -> None:
    """Store the notifications, and analyse the table."""
    connection.execute(
        """
        INSERT INTO notifications (
            id, user_id, created_by, event_name, title, body, severity, request_hash, in_app, routing,
            idempotency_key, read_at, archived_at, created_at, updated_at
        )
        SELECT
            overlay(
                uuidv7_floor(now() - (200000 - n) * interval '1 minute')::text
                PLACING lpad(to_hex(n), 12, '0') FROM 25
            )::uuid,
            CASE
                WHEN n <= 20000 THEN 'long_ago' WHEN n % 10 = 0 THEN 'heavy' WHEN n % 10 = 1 THEN 'heavy_read'
                ELSE 'user_' || n % 2000
            END,
            'producer:billing', 'job.failed', 'Job failed', repeat('x', 200), 'info', '-', n % 50 <> 0, '{}',
            'key_' || n,
            CASE WHEN n % 10 = 1 OR n % 3 = 0 THEN now() END, CASE WHEN n % 7 = 0 THEN now() END,
            now() - (200000 - n) * interval '1 minute', now()
        FROM generate_series(1, 200000) AS n
        """
    )
    connection.execute(
        """
        INSERT INTO notifications (
            id, user_id, created_by, event_name, title, severity, request_hash, in_app, routing, send_at, archived_at,
            created_at, updated_at
        )
        SELECT
            overlay(uuidv7_floor(send_at)::text PLACING lpad(to_hex(n), 12, '0') FROM 25)::uuid,
            'ahead', 'producer:clinic', 'visit.reminder', 'Visit', 'info', '-', true, '{}', send_at,
            CASE WHEN n % 4 = 0 THEN now() END, now(), now()
        FROM (SELECT n, now() + (n + 1) * interval '2 hours' AS send_at FROM generate_series(1, 4000) AS n) AS visits
        """
    )
    connection.execute(
        """
        INSERT INTO deliveries (id, user_id, channel, status, available_at, finished_at, created_at)
        SELECT id, user_id, 'email', 'sent', created_at, created_at, created_at FROM notifications
        """
    )
    connection.execute("INSERT INTO delivery_items SELECT id, 'email', id FROM notifications")
    connection.execute("VACUUM ANALYZE")
