"""Probes of a paused channel: one delivery at a time probes the provider, and any answer ends the pause."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from carillon.deliveries import circuit_breaker, store
from carillon.models.delivery import Outcome, OutcomeKind
from tests.support.flow import Flow, failing
from tests.support.outages import NO_CONNECTION, SENT, TIMEOUT, create, fail, pauses, start_outage


def test_each_pause_has_one_probe_and_is_twice_as_long_as_the_last(flow: Flow) -> None:
    ids = start_outage(flow, 5)
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
    ids = start_outage(flow, 4)
    fail(flow, ids, answer)

    worked = flow.work(*ids)

    assert (worked.counts["paused"], worked.by_channel["email", "back"]) == (3, 1)
    assert pauses(flow) == []
    # The deferred deliveries come back, spread over the time between two probes.
    waiting = [row["available_at"] for row in flow.rows() if row["attempts"] == 0 and row["claim_no"] == 1]
    assert all(at > datetime.now(UTC) + timedelta(seconds=50) for at in waiting)
    assert len(set(waiting)) == len(waiting) >= 3


def test_a_probe_without_an_answer_is_followed_by_another_delivery(flow: Flow) -> None:
    ids = start_outage(flow, 2)
    fail(flow, ids, TIMEOUT)

    flow.work(*ids)
    flow.pass_time(301)
    flow.work(*ids)

    assert len({call.delivery_id for call in flow.provider.calls}) == 2
    assert pauses(flow) == [("email", 3, 240)]


def test_the_probe_is_the_delivery_with_the_fewest_attempts(flow: Flow) -> None:
    [first, second, third] = start_outage(flow, 3)
    flow.set(first, "attempts = 3")
    flow.set(third, "attempts = 2")

    flow.work(first, second, third)

    assert [call.delivery_id for call in flow.provider.calls] == [second]


def test_a_batch_that_ends_late_does_not_shorten_the_pause(flow: Flow) -> None:
    [late] = create(flow, 1)
    [claim] = store.claim(flow.database(), flow.settings, {late: datetime.now(UTC)})
    assert claim.delivery is not None
    ids = start_outage(flow, 2)
    fail(flow, ids, NO_CONNECTION)
    flow.work(*ids)
    assert pauses(flow) == [("email", 2, 120)]

    store.finish(flow.database(), flow.settings, [(claim.delivery, NO_CONNECTION)], 1e12)

    assert pauses(flow) == [("email", 2, 120)]


def test_a_claim_does_not_wait_for_the_lock_of_the_probe(flow: Flow) -> None:
    ids = start_outage(flow, 2)
    holder = flow.stack.enter_context(flow.connection())
    holder.execute("BEGIN")
    holder.execute("SELECT FROM pauses FOR UPDATE")
    started = time.monotonic()

    assert flow.work(*ids).counts == {"paused": 2}

    assert time.monotonic() - started < 4  # the lock timeout is 5 seconds
    holder.execute("COMMIT")


def test_a_probe_whose_worker_dies_is_followed_by_another_one(flow: Flow) -> None:
    ids = start_outage(flow, 2)
    flow.settings = flow.settings.model_copy(update={"send_timeout_seconds": 1000})
    assert flow.work(*ids, worker=flow.new_worker()).counts == {"paused": 1, "not_begun": 1}
    flow.pass_time(301)

    assert flow.work(*ids).counts == {"paused": 1, "sent": 1}


def test_a_delivery_with_nothing_to_send_is_no_probe(flow: Flow) -> None:
    [first, second] = start_outage(flow, 2)
    flow.db.execute("UPDATE notifications SET read_at = now()")
    assert flow.work(first).counts == {"skipped": 1}
    flow.db.execute("UPDATE notifications SET read_at = NULL")

    assert flow.work(second).counts == {"sent": 1}  # the skipped delivery did not use up the probe
    assert pauses(flow) == []


def test_concurrent_workers_send_one_probe(flow: Flow) -> None:
    ids = start_outage(flow, 40)
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


def test_a_repeated_finish_after_a_lost_answer_does_not_prolong_the_pause(flow: Flow) -> None:
    ids = start_outage(flow, 2)
    claims = store.claim(flow.database(), flow.settings, dict.fromkeys(ids, datetime.now(UTC)))
    [probe] = [each.delivery for each in claims if each.delivery is not None]
    for _ in range(2):
        [finished] = store.finish(flow.database(), flow.settings, [(probe, NO_CONNECTION)], 1e12).finished
        assert finished.written
    assert pauses(flow) == [("email", 2, 120)]
    assert circuit_breaker.reports(flow.settings, [(probe, NO_CONNECTION)])["email"].failures == 2
