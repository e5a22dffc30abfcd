"""Retractions that race with claims, creates and erasures: the first transaction decides, without deadlocks."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
import pytest

from carillon.database.connection import Database
from carillon.errors import NotFound
from carillon.models.new_notification import NewNotification
from carillon.models.recorded import CreatedMany
from carillon.notifications import retract
from carillon.notifications.record import create
from tests.support.environment import WAITING_HERE
from tests.support.flow import PRODUCER, Flow

PENDING = "SELECT id FROM deliveries WHERE status = 'pending'"
DUE = "UPDATE deliveries SET available_at = '2000-01-01' WHERE id = %(id)s"


def record(flow: Flow, database: Database, *user_ids: str, **content: Any) -> list[UUID]:
    """Create one warning for each person (alice by default), which is deferred in a digest, and return the ids."""
    given = {"event_name": "job.failed", "title": "T", "severity": "warning", "user_ids": list(user_ids or ["alice"])}
    new = NewNotification.model_validate(given | content)
    answer = create(database, flow.create_settings, PRODUCER, new, None).answer
    assert isinstance(answer, CreatedMany)
    return [each.id for each in answer.notifications]


def while_it_waits[T](flow: Flow, holder: psycopg.Connection[Any], work: Callable[[], T]) -> T:
    """Run `work`, which must wait for `holder`, and commit `holder` only when it waits."""
    with ThreadPoolExecutor(1) as pool:
        running: Future[T] = pool.submit(work)
        deadline = time.monotonic() + 10
        while not flow.db.execute(WAITING_HERE).fetchone():
            assert time.monotonic() < deadline
            assert not running.done()
        holder.commit()
        return running.result(10)


@pytest.fixture
def holder(flow: Flow) -> psycopg.Connection[Any]:
    """Return a separate connection whose transaction the test ends."""
    flow.person()
    connection = flow.stack.enter_context(flow.connection())
    connection.autocommit = False
    return connection


def hold_retract(holder: psycopg.Connection[Any], notification_id: UUID) -> None:
    holder.execute("SELECT retract(%s, NULL, NULL, %s)", [notification_id, PRODUCER.created_by])


def test_a_claim_that_is_first_sends_it_and_the_answer_is_sending(flow: Flow, holder: psycopg.Connection[Any]) -> None:
    [made] = record(flow, flow.database(), severity="critical")
    [delivery] = flow.rows()
    holder.execute("SELECT FROM deliveries FOR NO KEY UPDATE")
    holder.execute("UPDATE deliveries SET status = 'sending', locked_at = now(), claim_no = 1")
    answer = while_it_waits(flow, holder, lambda: retract.by_id(flow.database(), PRODUCER, made))
    assert answer.channels["email"].state == "sending"
    assert flow.row(delivery["id"])["status"] == "sending"


def test_a_claim_that_is_second_sends_nothing(flow: Flow, holder: psycopg.Connection[Any]) -> None:
    [made] = record(flow, flow.database(), severity="critical")
    [delivery] = flow.rows()
    hold_retract(holder, made)
    worker = flow.new_worker()
    worked = while_it_waits(flow, holder, lambda: flow.work(delivery["id"], worker=worker))
    assert worked.counts == {"settled": 1}
    assert flow.provider.calls == []


def test_a_create_that_is_first_keeps_the_digest_open(flow: Flow, holder: psycopg.Connection[Any]) -> None:
    [made] = record(flow, flow.database())
    [delivery] = flow.rows()
    # Like a create that joins: it has locked the row of the digest and written the item, but not committed.
    holder.execute("SELECT FROM deliveries FOR NO KEY UPDATE")
    holder.execute(
        """
        WITH other AS (
            INSERT INTO notifications SELECT (jsonb_populate_record(n, jsonb_build_object('id', gen_random_uuid()))).*
            FROM notifications AS n RETURNING id
        )
        INSERT INTO delivery_items SELECT id, 'email', %s FROM other
        """,
        [delivery["id"]],
    )
    answer = while_it_waits(flow, holder, lambda: retract.by_id(flow.database(), PRODUCER, made))
    assert answer.channels["email"].state == "left_out"
    row = flow.row(delivery["id"])
    assert (row["status"], row["open_digest_key"]) == ("pending", "event:job.failed")


def test_a_create_that_is_second_opens_another_digest(flow: Flow, holder: psycopg.Connection[Any]) -> None:
    [made] = record(flow, flow.database())
    [emptied] = flow.rows()
    hold_retract(holder, made)
    database = flow.database()
    while_it_waits(flow, holder, lambda: record(flow, database))
    assert [(row["id"] == emptied["id"], row["status"]) for row in flow.rows()] == [
        (True, "skipped"), (False, "pending"),
    ]  # fmt: skip


def test_a_notification_that_is_erased_meanwhile_is_not_found(flow: Flow, holder: psycopg.Connection[Any]) -> None:
    [made] = record(flow, flow.database())
    holder.execute("SELECT erase_person('alice')")
    with pytest.raises(NotFound):
        while_it_waits(flow, holder, lambda: retract.by_id(flow.database(), PRODUCER, made))


@dataclass
class Storm:
    """Concurrent steps. `made` has the titles of alice's notifications, `states` the answers to their retractions."""

    flow: Flow
    made: list[str] = field(default_factory=list[str])
    states: dict[str, str] = field(default_factory=dict[str, str])
    over: threading.Event = field(default_factory=threading.Event)

    def create(self, seed: int) -> None:
        database, chance = self.flow.database(), random.Random(seed)
        for number in range(30):
            title = f"{seed}-{number}"
            content = {"title": title, "event_name": f"job_{number % 4}.failed"}
            alices, bobs = record(self.flow, database, "alice", "bob", **content)
            self.made.append(title)
            for notification_id in chance.sample([alices, bobs], chance.choice([0, 2])):
                with suppress(NotFound):  # pruned or erased
                    answer = retract.by_id(database, PRODUCER, notification_id)
                    if notification_id == alices:
                        self.states[title] = answer.channels["email"].state

    def send(self) -> None:
        connection, worker = self.flow.connection(), self.flow.new_worker()
        with connection:
            over = False
            while not over:
                last = self.over.is_set()  # before the query: it must see the last create
                pending = connection.execute(PENDING).fetchall()
                for row in pending:  # one by one: a statement that locks several rows sorts them
                    connection.execute(DUE, row)
                    self.flow.work(row["id"], worker=worker)
                over = last and not pending

    def erase(self) -> None:
        database = self.flow.database()
        while not self.over.is_set():
            self.flow.erase("bob", database)

    def prune(self) -> None:
        with self.flow.connection() as connection:
            while not self.over.is_set():
                connection.execute("SELECT prune(now() + interval '1 hour', 5, '{}')")


def test_concurrent_steps_lose_nothing_and_send_nothing_twice_or_after_a_retraction(flow: Flow) -> None:
    """Create, retract and send for alice and bob, while bob is erased and finished deliveries are pruned."""
    flow.person("alice")
    flow.person("bob")
    storm = Storm(flow)
    with ThreadPoolExecutor(8) as pool:
        others = [pool.submit(each) for each in (storm.send, storm.send, storm.erase, storm.prune)]
        try:
            for each in [pool.submit(storm.create, seed) for seed in range(4)]:
                each.result(60)
        finally:
            storm.over.set()
        for each in others:
            each.result(60)

    alices = [call for call in flow.provider.calls if call.email == "alice@example.com"]
    assert max(call.item_count for call in alices) <= 20  # no email has more items than it shows
    sent = Counter(item.title for call in alices for item in call.items)
    expected = {"cancelled": 0, "left_out": 0, "sending": 1, "sent": 1, "": 1}
    for title in storm.made:
        state = storm.states.get(title, "")
        assert (title, state, sent[title]) == (title, state, expected[state])
    assert {"cancelled", "left_out"} <= set(storm.states.values())
    deadlocks = "SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()"
    assert flow.db.execute(deadlocks).fetchone() == {"n": 0}
