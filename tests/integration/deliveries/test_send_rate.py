"""The send rate of a channel after an outage (the table `send_rates`): it defers deliveries and loses none."""

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


def send_rate(flow: Flow) -> dict[str, Any] | None:
    return flow.db.execute("SELECT * FROM send_rates").fetchone()


def rate_limited(flow: Flow, count: int, *, tokens: float = 0, per_second: float = 2) -> list[UUID]:
    """Create deliveries that were due ten minutes ago, the oldest first, on a channel with a send rate."""
    ids = create(flow, count)
    for number, each in enumerate(ids):
        flow.set(each, f"first_available_at = now() - interval '10 minutes' + interval '{number} seconds'")
    flow.db.execute(
        """
        INSERT INTO send_rates (channel, per_second, tokens, filled_at, waiting, busy_at, look_again)
        VALUES ('email', %s, %s, now(), 0, now(), '10 minutes')
        """,
        [per_second, tokens],
    )
    return ids


def test_a_channel_without_an_outage_has_no_send_rate(flow: Flow) -> None:
    ids = create(flow, 2)
    fail(flow, ids[:1], Outcome(OutcomeKind.THROTTLED, "account_suspended", pause_seconds=300, reached=True))
    assert flow.work(*ids).counts == {"throttled": 1, "sent": 1}
    assert send_rate(flow) is None


def test_a_throttle_starts_a_send_rate(flow: Flow) -> None:
    ids = create(flow, 2)
    fail(flow, ids[:1], THROTTLED)
    flow.work(*ids)
    row = send_rate(flow)
    assert row
    assert (row["channel"], row["per_second"], row["look_again"]) == ("email", 10, timedelta(minutes=10))


@pytest.mark.parametrize("answer", [SENT, THROTTLED], ids=["sent", "throttled"])
def test_a_channel_has_a_send_rate_after_an_outage(flow: Flow, answer: Outcome) -> None:
    [probe] = start_outage(flow, 1)
    fail(flow, [probe], answer)
    flow.work(probe)
    row = send_rate(flow)
    assert row
    assert row["per_second"] == 10


def test_the_oldest_deliveries_are_sent_and_the_others_are_deferred(flow: Flow) -> None:
    ids = rate_limited(flow, 10, tokens=3.5)
    before = {each: flow.row(each) for each in ids}

    assert flow.work(*reversed(ids)).counts == {"sent": 3, "paused": 7}

    assert {call.delivery_id for call in flow.provider.calls} == set(ids[:3])
    for each in ids[3:]:
        row = flow.row(each)
        assert unchanged(row) == unchanged(before[each])
        assert row["dispatched_at"] is None
        assert row["history"][-1] | {"at": ""} == {"event": "paused", "at": "", "code": "pace"}
    row = send_rate(flow)
    assert row
    assert row["waiting"] == 7
    assert 0.5 <= row["tokens"] < 1.5


def test_a_delivery_that_just_became_due_is_sent_at_once_and_uses_a_token(flow: Flow) -> None:
    old, new = rate_limited(flow, 2, tokens=1.0)
    flow.set(new, "first_available_at = now() - interval '59 seconds'")

    assert flow.work(old, new).counts == {"sent": 1, "paused": 1}

    assert [call.delivery_id for call in flow.provider.calls] == [new]


def test_tokens_fill_up_with_time_to_one_second_or_one_batch(flow: Flow) -> None:
    ids = rate_limited(flow, 20, per_second=2)
    flow.db.execute("UPDATE send_rates SET filled_at = now() - interval '2 seconds'")
    assert flow.work(*ids[:10]).counts == {"sent": 4, "paused": 6}
    flow.db.execute("UPDATE send_rates SET filled_at = now() - interval '1 hour'")
    assert flow.work(*ids[10:]).counts == {"sent": 10}
    row = send_rate(flow)
    assert row
    assert row["tokens"] < 1


@pytest.mark.parametrize(
    ("waiting", "per_second", "seconds"), [(0, 2, 30), (398, 2, 200), (100_000, 14, 600)], ids=["few", "some", "many"]
)
def test_deferred_deliveries_come_back_at_the_send_rate(
    flow: Flow, waiting: int, per_second: float, seconds: float
) -> None:
    ids = rate_limited(flow, 2, per_second=per_second)
    flow.db.execute("UPDATE send_rates SET waiting = %s", [waiting])
    assert flow.work(*ids).counts == {"paused": 2}
    for each in ids:
        wait = (flow.row(each)["available_at"] - datetime.now(UTC)).total_seconds()
        assert 0.5 * seconds - 5 < wait < 1.5 * seconds


def test_a_deferred_delivery_that_is_sent_no_longer_counts_as_waiting(flow: Flow) -> None:
    ids = rate_limited(flow, 6)
    flow.work(*ids)
    flow.pass_time(600)
    assert flow.work(*ids[:4]).counts == {"sent": 4}
    row = send_rate(flow)
    assert row
    assert row["waiting"] == 2


def test_the_send_rate_adapts_to_what_the_provider_accepts(flow: Flow) -> None:
    ids = rate_limited(flow, 40, tokens=100, per_second=20)
    flow.work(*ids[:10])
    assert (send_rate(flow) or {})["per_second"] == pytest.approx(20.2)
    fail(flow, ids[10:20], THROTTLED)
    flow.work(*ids[10:20])
    assert (send_rate(flow) or {})["per_second"] == pytest.approx(16.2)
    for start in range(5):
        flow.db.execute("UPDATE send_rates SET tokens = 100")
        flow.pass_time(600)
        fail(flow, ids[20:30], THROTTLED)
        assert flow.work(*ids[20:30]).counts == {"throttled": 10}, start
    assert (send_rate(flow) or {})["per_second"] == 1  # the lowest send rate


def test_a_probe_ignores_the_send_rate(flow: Flow) -> None:
    ids = start_outage(flow, 3)
    flow.db.execute("UPDATE deliveries SET first_available_at = now() - interval '1 hour'")
    flow.db.execute("INSERT INTO send_rates VALUES ('email', 1, -100, now(), 0, now(), '10 minutes')")

    assert flow.work(*ids).counts == {"sent": 1, "paused": 2}

    assert (send_rate(flow) or {})["per_second"] == 10  # the send rate starts again


def test_a_paused_delivery_uses_no_token(flow: Flow) -> None:
    ids = rate_limited(flow, 2, tokens=1)
    flow.db.execute(
        """
        UPDATE notifications SET event_name = 'sync.failed'
        WHERE id IN (SELECT notification_id FROM delivery_items WHERE delivery_id = %s)
        """,
        [ids[0]],
    )
    pause(flow, event="sync")

    assert flow.work(*ids).counts == {"paused": 1, "sent": 1}

    assert (send_rate(flow) or {})["waiting"] == 0


def test_a_replay_is_deferred_by_the_send_rate_and_not_lost(flow: Flow) -> None:
    [delivery_id] = rate_limited(flow, 1)
    flow.set(delivery_id, "status = 'failed', attempts = 5, claim_no = 5, finished_at = now() - interval '1 minute'")
    assert flow.work(delivery_id).counts == {"paused": 1}
    assert flow.row(delivery_id)["status"] == "pending"
    flow.pass_time(900)
    assert flow.reap()["dispatched"] == 1
    assert flow.work(delivery_id).counts == {"sent": 1}


def test_concurrent_claims_share_the_tokens(flow: Flow) -> None:
    ids = rate_limited(flow, 80, tokens=10, per_second=0.001)
    workers = [flow.new_worker() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        # The batches overlap: claims also wait for the deliveries of other claims.
        working = [
            pool.submit(flow.work, *[ids[(start * 10 + number) % 80] for number in range(15)], worker=worker)
            for start, worker in enumerate(workers)
        ]
        counts = [each.result(30).counts for each in working]
    assert sum(each["sent"] for each in counts) == 10
    assert sum(each["claim_failed"] for each in counts) == 0
    assert len({call.delivery_id for call in flow.provider.calls}) == len(flow.provider.calls) == 10


def test_the_reaper_ends_a_send_rate_without_deferred_deliveries(flow: Flow) -> None:
    rate_limited(flow, 0)
    flow.pass_time(1799)
    assert flow.reap()["paces_ended"] == 0
    flow.pass_time(2)
    assert flow.reap()["paces_ended"] == 1
    assert send_rate(flow) is None


def test_the_history_names_the_send_rate_that_defers_a_delivery(flow: Flow) -> None:
    [delivery_id] = rate_limited(flow, 1)
    row = flow.db.execute("SELECT id FROM notifications").fetchone()
    assert row

    def email_history() -> Any:
        return feed.list_deliveries(flow.worker._database, PRODUCER, row["id"]).channels.of("email")

    assert email_history().delivery.held_by is None  # not claimed yet
    flow.work(delivery_id)
    assert email_history().delivery.held_by == "pace"
    assert email_history().explanation.startswith("The email waits its turn: more is due than its provider takes.")
    flow.db.execute("DELETE FROM send_rates")
    assert email_history().delivery.held_by is None
