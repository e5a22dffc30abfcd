"""Concurrent creates on real connections that start together."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from carillon.database.connection import Database
from carillon.deliveries import store
from carillon.identity import Identity
from carillon.models.delivery import ClaimedDelivery, Outcome, OutcomeKind
from carillon.models.new_notification import NewNotification
from carillon.models.recorded import CreatedOne
from carillon.notifications import record
from carillon.notifications.record import Created
from carillon.settings import CreateSettings, DeliverSettings
from tests.support.environment import Connect

BILLING = Identity(subject=None, producer="billing")


@contextmanager
def databases(settings: CreateSettings | DeliverSettings, count: int) -> Generator[list[Database]]:
    """Yield separate connections that are already open, so that only the statements race."""
    opened = [Database(settings) for _ in range(count)]
    try:
        for database in opened:
            database.rows("connection/check_health")
        yield opened
    finally:
        for database in opened:
            database.close()


def at_once(count: int, work: Callable[[int], Created]) -> list[Created]:
    start = threading.Barrier(count)

    def run(number: int) -> Created:
        start.wait(10)
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.fixture
def settings(database_url: str) -> CreateSettings:
    """Return settings that send each notification separately and at once."""
    return CreateSettings(
        database_url=database_url, queue_url="https://sqs.example.com/queue",
        email_from="no-reply@example.com", fcm_application_arn="arn",
        default_email="all", default_push_enabled=True, default_digest_minutes=0,
        email_per_minute=1000, push_per_minute=1000,
    )  # fmt: skip


@pytest.fixture
def add_people(connect: Connect) -> Callable[[int], list[str]]:
    """Return a function that adds people with an address and a device."""

    def add(count: int) -> list[str]:
        people = [f"user_{number:03}" for number in range(count)]
        connection = connect()
        connection.execute(
            """
            INSERT INTO recipients (user_id, email, updated_at)
            SELECT id, id || '@example.com', now() FROM unnest(%s::text[]) AS id
            """,
            [people],
        )
        connection.execute(
            """
            INSERT INTO devices (id, user_id, platform, token, endpoint_arn, created_at, updated_at)
            SELECT gen_random_uuid(), id, 'fcm', id, 'endpoint', now(), now() FROM unnest(%s::text[]) AS id
            """,
            [people],
        )
        return people

    return add


@pytest.mark.parametrize("key", ["chosen", "derived"])
def test_64_equal_creates_at_once_make_one_notification(
    settings: CreateSettings, add_people: Callable[[int], list[str]], connect: Connect, key: str
) -> None:
    [user] = add_people(1)
    new = NewNotification(
        user_id=user, event_name="job.failed", title="Job failed", severity="critical",
        resource_id="job_1" if key == "derived" else None,
    )  # fmt: skip
    header = "job_1" if key == "chosen" else None

    with databases(settings, 64) as own:
        answers = at_once(64, lambda number: record.create(own[number], settings, BILLING, new, header))

    assert Counter((answer.created, answer.replayed) for answer in answers) == {(1, False): 1, (0, True): 63}
    shown = [answer.answer.notification for answer in answers if isinstance(answer.answer, CreatedOne)]
    assert len({notification.id for notification in shown}) == 1
    assert len(shown) == 64
    assert Counter(len(answer.dispatch) for answer in answers) == {2: 1, 0: 63}
    connection = connect()
    assert connection.execute("SELECT count(*) AS n FROM notifications").fetchone() == {"n": 1}
    rows = connection.execute("SELECT channel FROM deliveries ORDER BY channel").fetchall()
    assert [row["channel"] for row in rows] == ["email", "push"]


def test_overlapping_batches_race_with_workers_without_loss_or_duplicates(
    settings: CreateSettings,
    add_people: Callable[[int], list[str]],
    connect: Connect,
    database_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Eight producers create for 200 of 300 people in shuffled order, while two workers claim and finish."""
    producers, rounds, batch = 8, 3, 200
    people = add_people(300)
    worker_settings = DeliverSettings(
        database_url=database_url, queue_url="https://sqs.example.com/queue",
        email_from="no-reply@example.com", fcm_application_arn="arn",
        default_email="all", default_push_enabled=True,
    )  # fmt: skip
    opened: list[UUID] = []
    sent: Counter[UUID] = Counter()
    closed = threading.Event()
    lock = threading.Lock()

    def produce(database: Database, seed: int) -> int:
        choose = random.Random(seed)
        created = 0
        for round_no in range(rounds):
            new = NewNotification(
                user_ids=choose.sample(people, batch), event_name="sync.broken", title="Sync broken",
                severity="warning",
                # Half of the requests share their keys with other requests under the same producer.
                resource_id=f"sync_{round_no}" if seed % 2 else None,
            )  # fmt: skip
            answer = record.create(database, settings, BILLING, new, None)
            created += answer.answer.created if not isinstance(answer.answer, CreatedOne) else 0
            with lock:
                opened.extend(dispatch.delivery_id for dispatch in answer.dispatch)
        return created

    def work(database: Database, seed: int) -> None:
        choose = random.Random(seed)
        while True:
            last = closed.is_set()
            with lock:
                taken = choose.sample(opened, min(100, len(opened)))  # both workers claim the same ids, in any order
            finish(database, taken)
            if last:
                return

    def finish(database: Database, ids: list[UUID]) -> None:
        claims = store.claim(database, worker_settings, dict.fromkeys(ids, datetime.now(UTC)))
        claimed = [claim.delivery for claim in claims if claim.delivery]
        outcomes: list[tuple[ClaimedDelivery, Outcome]] = [
            (delivery, Outcome(kind=OutcomeKind.SENT, provider_message_ids=("m",))) for delivery in claimed
        ]
        finished = store.finish(database, worker_settings, outcomes, deadline=0).finished
        with lock:
            sent.update(each.delivery_id for each in finished if each.written)

    with databases(settings, producers) as own, databases(settings, 2) as theirs, ThreadPoolExecutor(10) as pool:
        workers = [pool.submit(work, database, seed) for seed, database in enumerate(theirs)]
        try:
            created = sum(pool.map(produce, own, range(producers)))
        finally:
            closed.set()
        for worker in workers:
            worker.result()
        finish(theirs[0], opened)

    connection = connect()
    assert _one(connection, "SELECT count(*) FROM notifications") == created
    assert _one(connection, "SELECT count(*) FROM delivery_items") == 2 * created
    doubled = "SELECT count(DISTINCT (notification_id, channel)) FROM delivery_items"
    assert _one(connection, doubled) == 2 * created
    assert len(opened) == len(set(opened)) == 2 * created
    once = "SELECT count(*) FROM deliveries WHERE status = 'sent' AND claim_no = 1"
    assert _one(connection, once) == 2 * created
    assert set(sent.values()) == {1}
    assert len(sent) == 2 * created
    assert created >= producers // 2 * rounds * batch
    assert "statement_repeated" not in caplog.text  # a deadlock would repeat the statement


def _one(connection: Any, query: str) -> Any:
    return next(iter(connection.execute(query).fetchone().values()))
