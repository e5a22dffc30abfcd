"""While more is due than a provider takes, a channel has a pace: the rest waits its turn, and loses nothing by it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from carillon.models.delivery import Outcome, OutcomeKind
from carillon.notifications import feed
from tests.integration.deliveries.test_pauses import pause, unchanged
from tests.support.flow import PRODUCER, Flow
from tests.support.outages import SENT, create, fail, start_outage

THROTTLED = Outcome(OutcomeKind.THROTTLED, "too_many_requests", reached=True)


def pace(flow: Flow) -> dict[str, Any] | None:
    return flow.db.execute("SELECT * FROM notification_paces").fetchone()


def paced(flow: Flow, count: int, *, tokens: float = 0, per_second: float = 2) -> list[UUID]:
    """Deliveries that should have left ten minutes ago, the oldest first, on a channel with a pace."""
    ids = create(flow, count)
    for number, each in enumerate(ids):
        flow.set(each, f"first_available_at = now() - interval '10 minutes' + interval '{number} seconds'")
    flow.db.execute(
        """
        INSERT INTO notification_paces (channel, per_second, tokens, filled_at, waiting, busy_at, look_again)
        VALUES ('email', %s, %s, now(), 0, now(), '10 minutes')
        """,
        [per_second, tokens],
    )
    return ids


def test_as_usual_there_is_none(flow: Flow) -> None:
    ids = create(flow, 2)
    fail(flow, ids[:1], Outcome(OutcomeKind.THROTTLED, "account_suspended", pause_seconds=300, reached=True))
    assert flow.work(*ids).counts == {"throttled": 1, "sent": 1}
    assert pace(flow) is None


def test_a_throttle_begins_one(flow: Flow) -> None:
    ids = create(flow, 2)
    fail(flow, ids[:1], THROTTLED)
    flow.work(*ids)
    row = pace(flow)
    assert row
    assert (row["channel"], row["per_second"], row["look_again"]) == ("email", 10, timedelta(minutes=10))


@pytest.mark.parametrize("answer", [SENT, THROTTLED], ids=["sent", "throttled"])
def test_what_was_out_comes_back_at_a_pace(flow: Flow, answer: Outcome) -> None:
    [probe] = start_outage(flow, 1)
    fail(flow, [probe], answer)
    flow.work(probe)
    row = pace(flow)
    assert row
    assert row["per_second"] == 10


def test_the_oldest_go_and_the_others_wait_their_turn(flow: Flow) -> None:
    ids = paced(flow, 10, tokens=3.5)
    before = {each: flow.row(each) for each in ids}

    assert flow.work(*reversed(ids)).counts == {"sent": 3, "paused": 7}

    assert {call.delivery_id for call in flow.provider.calls} == set(ids[:3])
    for each in ids[3:]:
        row = flow.row(each)
        assert unchanged(row) == unchanged(before[each])
        assert row["dispatched_at"] is None
        assert row["history"][-1] | {"at": ""} == {"event": "paused", "at": "", "code": "pace"}
    row = pace(flow)
    assert row
    assert row["waiting"] == 7
    assert 0.5 <= row["tokens"] < 1.5


def test_what_is_to_leave_just_now_never_waits_and_is_counted(flow: Flow) -> None:
    old, new = paced(flow, 2, tokens=1.0)
    flow.set(new, "first_available_at = now() - interval '59 seconds'")

    assert flow.work(old, new).counts == {"sent": 1, "paused": 1}

    assert [call.delivery_id for call in flow.provider.calls] == [new]


def test_time_brings_turns_but_not_more_than_a_seconds_worth_or_a_batch(flow: Flow) -> None:
    ids = paced(flow, 20, per_second=2)
    flow.db.execute("UPDATE notification_paces SET filled_at = now() - interval '2 seconds'")
    assert flow.work(*ids[:10]).counts == {"sent": 4, "paused": 6}
    flow.db.execute("UPDATE notification_paces SET filled_at = now() - interval '1 hour'")
    assert flow.work(*ids[10:]).counts == {"sent": 10}
    row = pace(flow)
    assert row
    assert row["tokens"] < 1


@pytest.mark.parametrize(
    ("waiting", "per_second", "seconds"), [(0, 2, 30), (398, 2, 200), (100_000, 14, 600)], ids=["few", "some", "many"]
)
def test_as_many_come_back_in_a_second_as_may_leave(
    flow: Flow, waiting: int, per_second: float, seconds: float
) -> None:
    ids = paced(flow, 2, per_second=per_second)
    flow.db.execute("UPDATE notification_paces SET waiting = %s", [waiting])
    assert flow.work(*ids).counts == {"paused": 2}
    for each in ids:
        wait = (flow.row(each)["available_at"] - datetime.now(UTC)).total_seconds()
        assert 0.5 * seconds - 5 < wait < 1.5 * seconds


def test_who_waited_and_goes_is_waited_for_no_more(flow: Flow) -> None:
    ids = paced(flow, 6)
    flow.work(*ids)
    flow.pass_time(600)
    assert flow.work(*ids[:4]).counts == {"sent": 4}
    row = pace(flow)
    assert row
    assert row["waiting"] == 2


def test_it_follows_what_the_provider_takes(flow: Flow) -> None:
    ids = paced(flow, 40, tokens=100, per_second=20)
    flow.work(*ids[:10])
    assert (pace(flow) or {})["per_second"] == pytest.approx(20.2)
    fail(flow, ids[10:20], THROTTLED)
    flow.work(*ids[10:20])
    assert (pace(flow) or {})["per_second"] == pytest.approx(16.2)
    for start in range(5):
        flow.db.execute("UPDATE notification_paces SET tokens = 100")
        flow.pass_time(600)
        fail(flow, ids[20:30], THROTTLED)
        assert flow.work(*ids[20:30]).counts == {"throttled": 10}, start
    assert (pace(flow) or {})["per_second"] == 1  # and not less


def test_a_probe_waits_for_no_turn(flow: Flow) -> None:
    ids = start_outage(flow, 3)
    flow.db.execute("UPDATE notification_deliveries SET first_available_at = now() - interval '1 hour'")
    flow.db.execute("INSERT INTO notification_paces VALUES ('email', 1, -100, now(), 0, now(), '10 minutes')")

    assert flow.work(*ids).counts == {"sent": 1, "paused": 2}

    assert (pace(flow) or {})["per_second"] == 10  # it begins anew


def test_what_a_pause_holds_back_takes_nobodys_turn(flow: Flow) -> None:
    ids = paced(flow, 2, tokens=1)
    flow.db.execute(
        """
        UPDATE notifications SET event_name = 'sync.failed'
        WHERE id IN (SELECT notification_id FROM notification_delivery_items WHERE delivery_id = %s)
        """,
        [ids[0]],
    )
    pause(flow, event="sync")

    assert flow.work(*ids).counts == {"paused": 1, "sent": 1}

    assert (pace(flow) or {})["waiting"] == 0


def test_a_replay_waits_its_turn_too_and_is_not_lost(flow: Flow) -> None:
    [delivery_id] = paced(flow, 1)
    flow.set(delivery_id, "status = 'failed', attempts = 5, claim_no = 5, finished_at = now() - interval '1 minute'")
    assert flow.work(delivery_id).counts == {"paused": 1}
    assert flow.row(delivery_id)["status"] == "pending"
    flow.pass_time(900)
    assert flow.reap()["dispatched"] == 1
    assert flow.work(delivery_id).counts == {"sent": 1}


def test_claims_at_once_share_the_turns(flow: Flow) -> None:
    ids = paced(flow, 80, tokens=10, per_second=0.001)
    workers = [flow.new_worker() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        # Overlapping batches, so that claims also wait for each other's deliveries.
        working = [
            pool.submit(flow.work, *[ids[(start * 10 + number) % 80] for number in range(15)], worker=worker)
            for start, worker in enumerate(workers)
        ]
        counts = [each.result(30).counts for each in working]
    assert sum(each["sent"] for each in counts) == 10
    assert sum(each["claim_failed"] for each in counts) == 0
    assert len({call.delivery_id for call in flow.provider.calls}) == len(flow.provider.calls) == 10


def test_when_nobody_waits_any_more_the_reaper_ends_it(flow: Flow) -> None:
    paced(flow, 0)
    flow.pass_time(1799)
    assert flow.reap()["paces_ended"] == 0
    flow.pass_time(2)
    assert flow.reap()["paces_ended"] == 1
    assert pace(flow) is None


def test_who_waits_is_told_so(flow: Flow) -> None:
    [delivery_id] = paced(flow, 1)
    row = flow.db.execute("SELECT id FROM notifications").fetchone()
    assert row

    def told() -> Any:
        return feed.list_deliveries(flow.worker._database, PRODUCER, row["id"]).channels.email

    assert told().delivery.held_by is None  # not asked yet
    flow.work(delivery_id)
    assert told().delivery.held_by == "pace"
    assert told().explanation.startswith("The email waits its turn: more is due than its provider takes.")
    flow.db.execute("DELETE FROM notification_paces")
    assert told().delivery.held_by is None
