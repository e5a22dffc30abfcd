"""A lock that blocks the database is an outage like any other."""

import io

import pytest

from carillon.errors import Unavailable
from tests.support.flow import Flow

WAITING = [
    "create_notifications",
    "claim",
    "finish",
    "delete_person",
    "put_device",
    "drop_device",
]


@pytest.mark.parametrize("function", WAITING)
def test_each_function_that_waits_for_locks_has_a_lock_timeout(flow: Flow, function: str) -> None:
    row = flow.db.execute("SELECT proconfig FROM pg_proc WHERE proname = %s", [function]).fetchone()
    assert row is not None
    # The caller repeats a statement once. Both waits must fit into 10 seconds of the API or 30 seconds of deliver.
    assert {"lock_timeout=3s", "lock_timeout=5s"} & {*row["proconfig"]}


def test_a_delivery_behind_a_lock_does_not_go_to_the_dead_letter_queue(flow: Flow, logs: io.StringIO) -> None:
    delivery_id = flow.one()
    flow.db.execute("ALTER FUNCTION claim SET lock_timeout = '50ms'")
    message = flow.message(delivery_id)
    with flow.connection() as other, other.transaction():
        other.execute("LOCK TABLE deliveries IN ACCESS EXCLUSIVE MODE")
        worked = flow.work(message)

    assert worked.reported == [message.message_id]
    assert flow.sqs.visibility == [(message.receipt_handle, 900)]
    assert "LockNotAvailable" in logs.getvalue()
    assert flow.work(delivery_id).counts == {"sent": 1}


def test_a_create_behind_a_lock_is_refused_and_changes_nothing(flow: Flow) -> None:
    flow.person()
    flow.db.execute("ALTER FUNCTION create_notifications SET lock_timeout = '50ms'")
    with flow.connection() as other, other.transaction():
        other.execute("LOCK TABLE notifications IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Unavailable):
            flow.create()

    assert flow.rows() == []
    assert len(flow.create()) == 1
