"""Old notifications, and counts of the rows that are left of them."""

from datetime import timedelta
from uuid import UUID

from tests.support.flow import Flow


def create_old(
    flow: Flow, user_id: str = "alice", days: float = 366, status: str = "sent", event: str = "invoice.paid"
) -> tuple[UUID, UUID]:
    """Store a notification of that age and its email delivery; return both ids."""
    finished = "now()" if status in ("sent", "failed", "skipped") else "NULL"
    locked = "now()" if status == "sending" else "NULL"
    row = flow.db.execute(
        f"""
        WITH recorded AS (
            INSERT INTO notifications (
                id, user_id, created_by, event_name, title, severity, request_hash, in_app, routing,
                created_at, updated_at
            )
            SELECT
                overlay(uuidv7_floor(past)::text PLACING right(gen_random_uuid()::text, 12) FROM 25)::uuid,
                %(user)s, 'producer:billing', %(event)s, 'Paid', 'critical', '', true, '{{}}', past, past
            FROM (SELECT now() - %(age)s AS past) AS moment
            RETURNING id
        ),
        sent AS (
            INSERT INTO deliveries (
                id, user_id, channel, status, available_at, finished_at, locked_at, created_at
            )
            VALUES (gen_random_uuid(), %(user)s, 'email', %(status)s, now(), {finished}, {locked}, now())
            RETURNING id
        ),
        linked AS (
            INSERT INTO delivery_items (notification_id, channel, delivery_id)
            SELECT recorded.id, 'email', sent.id FROM recorded, sent
        )
        SELECT recorded.id AS notification_id, sent.id AS delivery_id FROM recorded, sent
        """.encode(),
        {"user": user_id, "age": timedelta(days=days), "status": status, "event": event},
    ).fetchone()
    assert row is not None
    return row["notification_id"], row["delivery_id"]


def count_rows(flow: Flow) -> tuple[int, int, int]:
    """Return the numbers of notifications, items and deliveries."""
    row = flow.db.execute(
        """
        SELECT
            (SELECT count(*) FROM notifications) AS a, (SELECT count(*) FROM delivery_items) AS b,
            (SELECT count(*) FROM deliveries) AS c
        """
    ).fetchone()
    assert row is not None
    return row["a"], row["b"], row["c"]
