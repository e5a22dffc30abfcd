"""The circuit breaker: if its provider is out, the channel is paused, and no delivery loses an attempt."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from carillon.models.delivery import Outcome, OutcomeKind
from tests.support.flow import Flow, failing
from tests.support.outages import NO_CONNECTION, SENT, SUSPENDED, TIMEOUT, create, fail, pauses


@pytest.mark.parametrize("outcome", [NO_CONNECTION, TIMEOUT, SUSPENDED], ids=lambda outcome: outcome.code)
def test_a_batch_without_an_answer_from_the_provider_pauses_the_channel(flow: Flow, outcome: Outcome) -> None:
    ids = create(flow, 3)
    fail(flow, ids[:2], outcome)

    worked = flow.work(*ids[:2])

    assert worked.by_channel["email", "outage"] == 1
    assert pauses(flow) == [("email", 1, 60)]
    assert flow.work(ids[2]).counts == {"paused": 1}
    assert len(flow.provider.calls) == 2


@pytest.mark.parametrize("attempts", [0, 4])
def test_a_delivery_that_was_certainly_not_accepted_gets_its_attempt_back(flow: Flow, attempts: int) -> None:
    [delivery_id] = create(flow, 1)
    flow.set(delivery_id, f"attempts = {attempts}")
    fail(flow, [delivery_id], NO_CONNECTION)

    worked = flow.work(delivery_id)

    row = flow.row(delivery_id)
    assert (worked.reported, row["status"], row["attempts"], row["claim_no"]) == ([], "pending", attempts, 1)
    assert timedelta(seconds=59) < row["available_at"] - datetime.now(UTC) < timedelta(seconds=120)


def test_a_delivery_that_may_have_been_accepted_keeps_its_claim(flow: Flow) -> None:
    [delivery_id] = create(flow, 1)
    fail(flow, [delivery_id], TIMEOUT)

    flow.work(delivery_id)

    assert (flow.row(delivery_id)["status"], flow.row(delivery_id)["attempts"]) == ("sending", 1)


@pytest.mark.parametrize("answer", [SENT, failing(OutcomeKind.REJECTED, reached=True)], ids=["sent", "rejected"])
def test_one_answer_in_a_batch_means_no_outage(flow: Flow, answer: Outcome) -> None:
    ids = create(flow, 3)
    fail(flow, ids, NO_CONNECTION)
    fail(flow, ids[:1], answer)

    flow.work(*ids)

    assert pauses(flow) == []
    assert [flow.row(each)["attempts"] for each in ids] == [1, 1, 1]


def test_the_other_channel_continues(flow: Flow) -> None:
    flow.person("alice", devices=1)
    email, push = sorted(flow.create(), key=lambda each: flow.row(each)["channel"])
    fail(flow, [email], NO_CONNECTION)

    assert flow.work(email, push).counts == {"retry": 1, "sent": 1}

    assert pauses(flow) == [("email", 1, 60)]


def test_a_send_that_made_no_request_neither_opens_nor_closes_the_circuit_breaker(flow: Flow) -> None:
    [first, second] = create(flow, 2)
    fail(flow, [first], failing(OutcomeKind.RETRY, "not_rendered"))
    flow.work(first)
    assert pauses(flow) == []
    fail(flow, [first], failing(OutcomeKind.RETRY, "not_rendered"))
    fail(flow, [second], NO_CONNECTION)
    flow.pass_time(120)

    flow.work(first, second)

    assert pauses(flow) == [("email", 1, 60)]


def test_batches_in_progress_at_the_start_of_an_outage_count_once(flow: Flow) -> None:
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
