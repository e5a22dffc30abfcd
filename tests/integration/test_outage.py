"""A channel whose provider is out pauses itself, is probed by one delivery at a time, and comes back."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

import pytest

from carillon import deliveries, outages
from carillon.models.delivery import Outcome, OutcomeKind
from tests.flow import Flow, failing

NO_CONNECTION = Outcome(OutcomeKind.RETRY, "no_connection", reached=False)
TIMEOUT = Outcome(OutcomeKind.UNKNOWN, "read_timeout", reached=False)
SUSPENDED = Outcome(OutcomeKind.THROTTLED, "account_suspended", pause_seconds=300, reached=False)
SENT = Outcome(OutcomeKind.SENT, provider_message_ids=("0107",), reached=True)


def create(flow: Flow, count: int) -> list[UUID]:
    flow.person("alice")
    return [each for _ in range(count) for each in flow.create()]


def pauses(flow: Flow) -> list[tuple[str, int, int]]:
    """Channel, failures and seconds until the next probe, of the pauses that channels made themselves."""
    rows = flow.db.execute("SELECT *, extract(epoch FROM until - now()) AS left FROM notification_pauses").fetchall()
    assert all(row["automatic"] and row["reason"] for row in rows)
    return [(row["channel"], row["failures"], round(row["left"])) for row in rows]


def fail(flow: Flow, ids: list[UUID], outcome: Outcome) -> None:
    flow.provider.script |= {each: [outcome] for each in ids}


@pytest.mark.parametrize("outcome", [NO_CONNECTION, TIMEOUT, SUSPENDED], ids=lambda outcome: outcome.code)
def test_when_nothing_gets_through_the_channel_pauses(flow: Flow, outcome: Outcome) -> None:
    ids = create(flow, 3)
    fail(flow, ids[:2], outcome)

    worked = flow.work(*ids[:2])

    assert worked.by_channel["email", "outage"] == 1
    assert pauses(flow) == [("email", 1, 60)]
    assert flow.work(ids[2]).counts == {"paused": 1}
    assert len(flow.provider.calls) == 2


@pytest.mark.parametrize("attempts", [0, 4])
def test_what_surely_was_not_accepted_gets_its_attempt_back(flow: Flow, attempts: int) -> None:
    [delivery_id] = create(flow, 1)
    flow.set(delivery_id, f"attempts = {attempts}")
    fail(flow, [delivery_id], NO_CONNECTION)

    worked = flow.work(delivery_id)

    row = flow.row(delivery_id)
    assert (worked.reported, row["status"], row["attempts"], row["claim_no"]) == ([], "pending", attempts, 1)
    assert timedelta(seconds=59) < row["available_at"] - datetime.now(UTC) < timedelta(seconds=120)


def test_what_may_have_been_accepted_stays_with_its_worker(flow: Flow) -> None:
    [delivery_id] = create(flow, 1)
    fail(flow, [delivery_id], TIMEOUT)

    flow.work(delivery_id)

    assert (flow.row(delivery_id)["status"], flow.row(delivery_id)["attempts"]) == ("sending", 1)


@pytest.mark.parametrize("answer", [SENT, failing(OutcomeKind.REJECTED, reached=True)], ids=["sent", "rejected"])
def test_one_answer_of_a_batch_is_no_outage(flow: Flow, answer: Outcome) -> None:
    ids = create(flow, 3)
    fail(flow, ids, NO_CONNECTION)
    fail(flow, ids[:1], answer)

    flow.work(*ids)

    assert pauses(flow) == []
    assert [flow.row(each)["attempts"] for each in ids] == [1, 1, 1]


def test_the_other_channel_goes_on(flow: Flow) -> None:
    flow.person("alice", devices=1)
    email, push = sorted(flow.create(), key=lambda each: flow.row(each)["channel"])
    fail(flow, [email], NO_CONNECTION)

    assert flow.work(email, push).counts == {"retry": 1, "sent": 1}

    assert pauses(flow) == [("email", 1, 60)]


def test_what_was_never_asked_of_the_provider_tells_nothing(flow: Flow) -> None:
    [first, second] = create(flow, 2)
    fail(flow, [first], failing(OutcomeKind.RETRY, "not_rendered"))
    flow.work(first)
    assert pauses(flow) == []
    fail(flow, [first], failing(OutcomeKind.RETRY, "not_rendered"))
    fail(flow, [second], NO_CONNECTION)
    flow.pass_time(120)

    flow.work(first, second)

    assert pauses(flow) == [("email", 1, 60)]


def out(flow: Flow, count: int) -> list[UUID]:
    """Deliveries that wait while email is out, and the time for a probe has come."""
    ids = create(flow, count)
    fail(flow, ids, NO_CONNECTION)
    for start in range(0, count, 10):
        flow.work(*ids[start : start + 10])
    flow.pass_time(121)
    flow.provider.calls.clear()
    flow.provider.script.clear()
    return ids


def test_one_probe_a_pause_and_twice_as_long_each_time(flow: Flow) -> None:
    ids = out(flow, 5)
    for failures, seconds in ((2, 120), (3, 240), (4, 300), (5, 300)):
        fail(flow, ids, NO_CONNECTION)
        flow.provider.calls.clear()

        assert flow.work(*ids).counts == {"paused": 4, "retry": 1}
        assert flow.work(*ids).counts == {"settled": 5}

        assert [call.failed_probes for call in flow.provider.calls] == [failures - 1]
        assert pauses(flow) == [("email", failures, seconds)]
        assert {flow.row(each)["attempts"] for each in ids} == {0}
        flow.pass_time(2 * seconds + 1)


@pytest.mark.parametrize(
    "answer",
    [
        SENT,
        failing(OutcomeKind.REJECTED, reached=True),
        failing(OutcomeKind.THROTTLED, reached=True),
        failing(OutcomeKind.GONE, reached=True),
    ],
    ids=lambda outcome: outcome.kind.value,
)
def test_any_answer_to_the_probe_ends_the_pause(flow: Flow, answer: Outcome) -> None:
    ids = out(flow, 4)
    fail(flow, ids, answer)

    worked = flow.work(*ids)

    assert (worked.counts["paused"], worked.by_channel["email", "back"]) == (3, 1)
    assert pauses(flow) == []
    # What waited comes back spread over the time between probes.
    waiting = [row["available_at"] for row in flow.rows() if row["attempts"] == 0 and row["claim_no"] == 1]
    assert all(at > datetime.now(UTC) + timedelta(seconds=50) for at in waiting)
    assert len(set(waiting)) == len(waiting) >= 3


def test_a_probe_whose_answer_never_comes_is_followed_by_another_delivery(flow: Flow) -> None:
    ids = out(flow, 2)
    fail(flow, ids, TIMEOUT)

    flow.work(*ids)
    flow.pass_time(301)
    flow.work(*ids)

    assert len({call.delivery_id for call in flow.provider.calls}) == 2
    assert pauses(flow) == [("email", 3, 240)]


def test_a_worker_that_dies_with_the_probe_is_followed_by_another_one(flow: Flow) -> None:
    ids = out(flow, 2)
    flow.settings = flow.settings.model_copy(update={"send_timeout_seconds": 1000})
    assert flow.work(*ids, worker=flow.new_worker()).counts == {"paused": 1, "not_begun": 1}
    flow.pass_time(301)

    assert flow.work(*ids).counts == {"paused": 1, "sent": 1}


def test_what_has_nothing_to_send_is_no_probe(flow: Flow) -> None:
    [first, second] = out(flow, 2)
    flow.db.execute("UPDATE notifications SET read_at = now()")
    assert flow.work(first).counts == {"skipped": 1}
    flow.db.execute("UPDATE notifications SET read_at = NULL")

    assert flow.work(second).counts == {"sent": 1}  # the probe was still to be had
    assert pauses(flow) == []


def test_batches_under_way_when_it_goes_out_count_once(flow: Flow) -> None:
    ids = create(flow, 8)
    fail(flow, ids, NO_CONNECTION)
    barrier = threading.Barrier(8)
    flow.provider.during = lambda _: (barrier.wait(10), None)[1]
    workers = [flow.new_worker() for _ in ids]
    with ThreadPoolExecutor(8) as pool:
        working = [pool.submit(flow.work, each, worker=worker) for each, worker in zip(ids, workers, strict=True)]

    assert [each.result().counts for each in working] == [{"retry": 1}] * 8
    assert pauses(flow) == [("email", 1, 60)]
    assert {flow.row(each)["attempts"] for each in ids} == {0}


def test_workers_at_once_send_one_probe(flow: Flow) -> None:
    ids = out(flow, 40)
    batches = [ids[start : start + 10] for start in range(0, 40, 10)]
    workers = [flow.new_worker() for _ in batches]
    others_done = threading.Event()
    flow.provider.during = lambda _: (others_done.wait(10), None)[1]
    with ThreadPoolExecutor(4) as pool:
        working = [pool.submit(flow.work, *batch, worker=each) for batch, each in zip(batches, workers, strict=True)]
        list(islice(as_completed(working, timeout=10), 3))
        others_done.set()
        counts = sum((each.result(10).counts for each in working), start=Counter[str]())

    assert counts == {"paused": 39, "sent": 1}
    assert len(flow.provider.calls) == 1
    assert pauses(flow) == []


def test_finishing_again_after_a_lost_answer_does_not_prolong_it(flow: Flow) -> None:
    ids = out(flow, 2)
    claims = deliveries.claim(flow.database(), flow.settings, dict.fromkeys(ids, datetime.now(UTC)))
    [probe] = [each.delivery for each in claims if each.delivery is not None]
    for _ in range(2):
        [finished], _ = deliveries.finish(flow.database(), flow.settings, [(probe, NO_CONNECTION)], 1e12)
        assert finished.written
    assert pauses(flow) == [("email", 2, 120)]
    assert outages.reports(flow.settings, [(probe, NO_CONNECTION)])["email"].failures == 2
