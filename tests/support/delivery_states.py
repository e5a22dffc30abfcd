"""Deliveries in the states from which tests of the worker and the reaper start."""

from uuid import UUID

from tests.support.flow import Flow

STUCK = "status = 'sending', claim_no = 1, attempts = 1, locked_at = now() - interval '121 seconds'"


def create_due(flow: Flow, count: int) -> list[UUID]:
    """Store deliveries for `count` people, dispatched and due since one second; return their ids."""
    people = [f"user-{number:04}" for number in range(count)]
    flow.db.execute(
        """
        INSERT INTO deliveries (id, user_id, channel, available_at, dispatched_at, created_at)
        SELECT gen_random_uuid(), user_id, 'email', now() - interval '1 second', now(), now()
        FROM unnest(%s::text[]) AS user_id
        """,
        [people],
    )
    return [row["id"] for row in flow.db.execute("SELECT id FROM deliveries ORDER BY user_id").fetchall()]


def set_all(flow: Flow, assignments: str) -> None:
    flow.db.execute(f"UPDATE deliveries SET {assignments}".encode())


def join_digest(flow: Flow, into: UUID, count: int) -> list[UUID]:
    """Add `count` notifications for alice to one delivery, and return their ids, oldest first.

    The title of each is its id.
    """
    joined: list[UUID] = []
    for other in [each for _ in range(count) for each in flow.create()]:
        row = flow.db.execute(
            "UPDATE delivery_items SET delivery_id = %s WHERE delivery_id = %s RETURNING notification_id",
            [into, other],
        ).fetchone()
        assert row is not None
        joined.append(row["notification_id"])
        flow.db.execute("DELETE FROM deliveries WHERE id = %s", [other])
        flow.db.execute("UPDATE notifications SET title = id::text WHERE id = %s", [joined[-1]])
    return joined


def check_repair(flow: Flow, delivery_id: UUID) -> None:
    """Check the repair of a delivery: its lease ends, the reaper resets and dispatches it, a worker sends it."""
    flow.pass_time(flow.settings.stuck_after_seconds - 30)
    assert flow.reap()["stuck_reset"] == 0
    assert flow.work(delivery_id).counts == {"settled": 1}
    flow.pass_time(31)
    assert flow.reap()["stuck_reset"] == 1
    [(dispatched, delay)] = flow.sqs.sent
    assert dispatched == delivery_id
    assert delay <= flow.reaper_settings.reset_jitter_seconds
    flow.pass_time(delay)
    assert flow.work(delivery_id).counts == {"sent": 1}
    assert flow.work(delivery_id).counts == {"settled": 1}
