"""The deliveries that the reaper dispatches: those that were never dispatched or were lost, not those in the queue."""

import io

import pytest

from tests.support.delivery_states import STUCK, create_due, set_all
from tests.support.flow import Flow


@pytest.mark.parametrize(("seconds", "dispatched"), [(-3600, [0]), (0, [0]), (40, [40]), (70, [])])
def test_a_delivery_that_was_never_dispatched_is_dispatched_if_it_is_due_before_the_next_run(
    flow: Flow, seconds: int, dispatched: list[int]
) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, f"dispatched_at = NULL, available_at = now() + interval '{seconds} seconds'")

    assert flow.reap()["dispatched"] == len(dispatched)

    assert [each for each, _ in flow.sqs.sent] == [delivery_id] * len(dispatched)
    for delay, (_, seen) in zip(dispatched, flow.sqs.sent, strict=True):
        assert delay - 5 <= seen <= delay
    assert (flow.row(delivery_id)["dispatched_at"] is not None) == bool(dispatched)
    assert flow.reap()["dispatched"] == 0


@pytest.mark.parametrize(
    ("since_due", "since_dispatch", "again"), [(119, 600, 0), (600, 119, 0), (121, 121, 1), (121, 600, 1)]
)
def test_a_delivery_dispatched_and_due_long_ago_is_lost(
    flow: Flow, since_due: int, since_dispatch: int, again: int
) -> None:
    delivery_id = flow.one()
    flow.set(
        delivery_id,
        f"available_at = now() - interval '{since_due} s', dispatched_at = now() - interval '{since_dispatch} s'",
    )

    assert flow.reap()["redispatched"] == again
    assert flow.sqs.sent == [(delivery_id, 0)] * again
    assert flow.reap()["redispatched"] == 0  # it has another 2 minutes


@pytest.mark.parametrize(("waiting", "expected"), [(1_000, 0), (1_500, 0), (999, 1), (350, 650), (0, 1_000)])
def test_a_backlog_in_the_queue_is_not_lost(flow: Flow, waiting: int, expected: int) -> None:
    ids = create_due(flow, 1_000)
    # The first delivery is the oldest.
    flow.db.execute(
        """
        UPDATE deliveries AS d
        SET available_at = now() - interval '1 day' + nr * interval '1 second', dispatched_at = now() - interval '1 day'
        FROM unnest(%s::uuid[]) WITH ORDINALITY AS old (id, nr) WHERE d.id = old.id
        """,
        [ids],
    )
    flow.sqs.waiting = waiting

    assert flow.reap(reaper_batch=300)["redispatched"] == expected

    assert {delivery_id for delivery_id, _ in flow.sqs.sent} == set(ids[:expected])
    assert len(flow.sqs.sent) == expected


def test_messages_of_deliveries_that_are_not_due_do_not_hide_lost_ones(flow: Flow) -> None:
    """Only due rows can be in the queue's count: 10 of 20 are deferred, and 4 of the 10 due are not in the queue."""
    ids = create_due(flow, 20)
    set_all(flow, "dispatched_at = now() - interval '1 hour', available_at = now() - interval '1 hour'")
    flow.db.execute("UPDATE deliveries SET available_at = now() + interval '1 hour' WHERE id = ANY (%s)", [ids[10:]])
    flow.sqs.waiting = 6

    assert flow.reap()["redispatched"] == 4


def test_without_the_depth_of_the_queue_nothing_is_dispatched_again(flow: Flow, logs: io.StringIO) -> None:
    flow.one()
    flow.pass_time(3600)
    flow.sqs.down = True

    published = flow.reap()

    assert (published["redispatched"], published["failed_steps"]) == (0, 0)
    assert "queue_depth_unknown" in logs.getvalue()


def test_without_sqs_each_row_is_left_for_the_next_run(flow: Flow) -> None:
    never, stuck = create_due(flow, 2)
    flow.set(never, "dispatched_at = NULL")
    flow.set(stuck, STUCK)
    flow.sqs.down = True

    published = flow.reap()

    assert (published["dispatched"], published["stuck_reset"]) == (0, 1)
    assert [row["dispatched_at"] for row in flow.rows()] == [None, None]
    flow.sqs.down = False
    assert flow.reap()["dispatched"] == 2
    assert sorted(each for each, _ in flow.sqs.sent) == sorted([never, stuck])
