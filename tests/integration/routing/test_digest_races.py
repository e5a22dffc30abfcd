"""Concurrent digests and limits on real connections: nothing is lost or sent twice, and no person gets a flood."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from uuid import UUID

import pytest

from carillon.database.connection import Database
from carillon.models.new_notification import NewNotification
from carillon.notifications.record import create
from carillon.settings import CreateSettings
from tests.support.digests import all_answered_once, record, run_at_once, send_all, sizes, stop_clock
from tests.support.environment import WAITING_HERE
from tests.support.flow import PRODUCER, Flow
from tests.support.settings import with_values

LIMITED = {"email_per_minute": 5, "push_per_minute": 20}


@pytest.fixture
def settings(flow: Flow) -> CreateSettings:
    flow.person("alice")
    return with_values(flow.create_settings, **LIMITED)


@pytest.fixture
def many_databases(flow: Flow) -> Iterator[Callable[[int], list[Database]]]:
    """Yield a function that opens separate connections, so that only the statements race."""
    with ExitStack() as stack:

        def open_them(count: int) -> list[Database]:
            opened = [Database(flow.settings) for _ in range(count)]
            for database in opened:
                stack.callback(database.close)
                database.check()
            return opened

        yield open_them


def test_a_hundred_warnings_in_a_minute_are_one_email(flow: Flow, settings: CreateSettings) -> None:
    stop_clock(flow)
    database = flow.database()
    for _ in range(100):
        assert record(database, settings).action == "digest"
    assert sizes(flow) == [("event:job.failed", 100)]
    assert send_all(flow) == [(20, 100)]
    all_answered_once(flow, 100)


def test_64_equal_warnings_at_once_are_one_email(
    flow: Flow, settings: CreateSettings, many_databases: Callable[[int], list[Database]]
) -> None:
    routes = run_at_once(many_databases(64), lambda _, database: record(database, settings))
    assert {(route.action, route.reason) for route in routes} == {("digest", "severity_warning")}
    assert len({route.leaves_at for route in routes}) == 1
    assert sizes(flow) == [("event:job.failed", 64)]
    assert send_all(flow) == [(20, 64)]
    all_answered_once(flow, 64)


def test_64_concurrent_criticals_are_five_emails_and_one_overflow_digest(
    flow: Flow, settings: CreateSettings, many_databases: Callable[[int], list[Database]]
) -> None:
    stop_clock(flow)
    routes = run_at_once(many_databases(64), lambda _, database: record(database, settings, severity="critical"))
    routes_by_time = Counter((route.action, route.reason, f"{route.leaves_at:%H:%M:%S}") for route in routes)
    assert routes_by_time == {("now", "severity_critical", "10:00:20"): 5, ("digest", "rate_limited", "10:01:00"): 59}
    assert sizes(flow) == [(None, 1)] * 5 + [("limit:2026-11-24T10:01Z", 59)]
    assert send_all(flow) == [(1, 1)] * 5 + [(20, 59)]
    all_answered_once(flow, 64)


def test_64_concurrent_keys_are_five_digests_and_one_overflow_digest(
    flow: Flow, settings: CreateSettings, many_databases: Callable[[int], list[Database]]
) -> None:
    stop_clock(flow)
    routes = run_at_once(
        many_databases(64), lambda number, database: record(database, settings, batch_key=f"thread-{number}")
    )
    routes_by_time = Counter((route.action, route.reason, f"{route.leaves_at:%H:%M:%S}") for route in routes)
    assert routes_by_time == {("digest", "severity_warning", "10:05:20"): 5, ("digest", "rate_limited", "10:06:00"): 59}
    assert sorted(count for _, count in sizes(flow)) == [1] * 5 + [59]
    all_answered_once(flow, 64)


def test_ten_concurrent_producers_with_different_batches_open_one_digest_for_each_person(
    flow: Flow, settings: CreateSettings, many_databases: Callable[[int], list[Database]]
) -> None:
    people = [f"user-{number}" for number in range(20)]
    for person in people:
        flow.person(person)
    new = {"event_name": "job.failed", "title": "A job failed", "severity": "warning"}

    def work(number: int, database: Database) -> int:
        turned = people[number:] + people[:number]
        new_for_many = NewNotification.model_validate(new | {"user_ids": turned})
        return len(create(database, settings, PRODUCER, new_for_many, None).dispatch)

    opened = run_at_once(many_databases(10), work)

    assert sum(opened) == 20
    assert sizes(flow) == [("event:job.failed", 10)] * 20


def test_a_critical_is_not_deferred_behind_a_digest_of_a_later_minute(flow: Flow, settings: CreateSettings) -> None:
    stop_clock(flow)
    database = flow.database()
    for number in range(7):
        record(database, settings, batch_key=f"thread-{number}")  # due at 10:05, the last two at 10:06
    routes = [record(database, settings, severity="critical") for _ in range(7)]
    assert [f"{route.leaves_at:%H:%M:%S}" for route in routes] == ["10:00:20"] * 5 + ["10:01:00"] * 2


@pytest.mark.parametrize("first", ["claim", "create"])
def test_a_create_and_the_claim_that_closes_its_digest_agree(flow: Flow, settings: CreateSettings, first: str) -> None:
    """The first of them locks the row of the digest. The other one waits, and then sees the result."""
    record(flow.database(), settings)
    [digest] = flow.rows()
    flow.pass_time(300)
    creator, worker = flow.database(), flow.new_worker()
    with ThreadPoolExecutor(2) as pool, flow.connection() as holder, holder.transaction():
        holder.execute("SELECT FROM deliveries FOR UPDATE")
        waiting: list[Future[Any]] = []
        for who in (first, "create" if first == "claim" else "claim"):
            waiting.append(
                pool.submit(flow.work, digest["id"], worker=worker)
                if who == "claim"
                else pool.submit(record, creator, settings)
            )
            while len(flow.db.execute(WAITING_HERE).fetchall()) < len(waiting):
                assert not waiting[-1].done()
    for future in waiting:
        future.result(10)

    joined = 2 if first == "create" else 1
    assert [call.item_count for call in flow.provider.calls] == [joined]
    assert [count for _, count in sizes(flow)] == ([2] if first == "create" else [1, 1])
    assert send_all(flow) == ([(2, 2)] if first == "create" else [(1, 1), (1, 1)])
    all_answered_once(flow, 2)


def test_creates_racing_with_claims_lose_and_duplicate_nothing(
    flow: Flow, settings: CreateSettings, many_databases: Callable[[int], list[Database]]
) -> None:
    """Four creates and two workers share the digest of one person, which closes again and again."""
    settings = with_values(settings, email_per_minute=10_000)
    total, done = 4 * 40, threading.Event()
    workers = [flow.new_worker(), flow.new_worker()]

    def close(worker: Any) -> None:
        last = False
        while not last:
            last = done.is_set()
            with flow.connection() as connection:
                connection.execute(
                    "UPDATE deliveries SET available_at = now() - interval '1 s' WHERE status = 'pending'"
                )
                due = connection.execute("SELECT id FROM deliveries WHERE status = 'pending'").fetchall()
            flow.work(*(row["id"] for row in due), worker=worker)

    def create(_: int, database: Database) -> None:
        for _ in range(40):
            record(database, settings)

    with ThreadPoolExecutor(2) as pool:
        closing = [pool.submit(close, worker) for worker in workers]
        try:
            run_at_once(many_databases(4), create)
        finally:
            done.set()
        for future in closing:
            future.result(30)

    assert {row["status"] for row in flow.rows()} == {"sent"}
    sent = Counter[UUID]()
    for call in flow.provider.calls:
        sent[call.delivery_id] += 1
    assert set(sent.values()) == {1}
    assert sum(call.item_count for call in flow.provider.calls) == total
    assert len(flow.provider.calls) > 1
    all_answered_once(flow, total)


@pytest.mark.parametrize("came_back", ["retried", "reset", "replayed"])
def test_a_digest_that_is_sent_later_does_not_merge_with_the_next_one(
    flow: Flow, settings: CreateSettings, came_back: str
) -> None:
    database = flow.database()
    record(database, settings)
    record(database, settings)
    [first] = flow.rows()
    before = {
        "retried": "status = 'pending', attempts = 1",
        "reset": "status = 'sending', attempts = 1, locked_at = now() - interval '10 minutes'",
        "replayed": "status = 'failed', attempts = 5, finished_at = now() - interval '1 s'",
    }[came_back]
    flow.set(first["id"], f"{before}, claim_no = 1, open_digest_key = NULL, available_at = now() - interval '1 s'")

    record(database, settings)

    if came_back == "reset":
        assert flow.reap()["stuck_reset"] == 1
        flow.pass_time(60)
    flow.work(first["id"])
    flow.pass_time(360)
    flow.work(first["id"], *(row["id"] for row in flow.rows()))
    assert [call.item_count for call in flow.provider.calls] == [2, 1]
    assert {row["status"] for row in flow.rows()} == {"sent"}
    all_answered_once(flow, 3)
