"""Taking back what others have in hand: who is there first decides, and nobody deadlocks."""

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
from carillon.models.notification import CreatedMany, NewNotification
from carillon.notifications import retract
from carillon.notifications.record import create
from tests.support.environment import WAITING_HERE
from tests.support.flow import PRODUCER, Flow

PENDING = "SELECT id FROM deliveries WHERE status = 'pending'"
DUE = "UPDATE deliveries SET available_at = '2000-01-01' WHERE id = %(id)s"


def record(flow: Flow, database: Database, *user_ids: str, **content: Any) -> list[UUID]:
    """One warning for each (alice, unless told), which waits in a digest; their ids."""
    given = {"event_name": "job.failed", "title": "T", "severity": "warning", "user_ids": list(user_ids or ["alice"])}
    new = NewNotification.model_validate(given | content)
    answer = create(database, flow.create_settings, PRODUCER, new, None).answer
    assert isinstance(answer, CreatedMany)
    return [each.id for each in answer.notifications]


def while_it_waits[T](flow: Flow, holder: psycopg.Connection[Any], work: Callable[[], T]) -> T:
    """Run what must wait for `holder`, and let `holder` commit only then."""
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
    """A connection of its own, whose transaction the test ends."""
    flow.person()
    connection = flow.stack.enter_context(flow.connection())
    connection.autocommit = False
    return connection


def hold_retract(holder: psycopg.Connection[Any], notification_id: UUID) -> None:
    holder.execute("SELECT retract(%s, NULL, NULL, %s)", [notification_id, PRODUCER.created_by])


def test_a_claim_that_was_first_sends_it_and_the_answer_says_so(flow: Flow, holder: psycopg.Connection[Any]) -> None:
    [made] = record(flow, flow.database(), severity="critical")
    [delivery] = flow.rows()
    holder.execute("SELECT FROM deliveries FOR NO KEY UPDATE")
    holder.execute("UPDATE deliveries SET status = 'sending', locked_at = now(), claim_no = 1")
    answer = while_it_waits(flow, holder, lambda: retract.by_id(flow.database(), PRODUCER, made))
    assert answer.channels["email"].state == "sending"
    assert flow.row(delivery["id"])["status"] == "sending"


def test_a_claim_that_comes_second_sends_nothing(flow: Flow, holder: psycopg.Connection[Any]) -> None:
    [made] = record(flow, flow.database(), severity="critical")
    [delivery] = flow.rows()
    hold_retract(holder, made)
    worker = flow.new_worker()
    worked = while_it_waits(flow, holder, lambda: flow.work(delivery["id"], worker=worker))
    assert worked.counts == {"settled": 1}
    assert flow.provider.calls == []


def test_a_create_that_was_first_keeps_the_digest_open(flow: Flow, holder: psycopg.Connection[Any]) -> None:
    [made] = record(flow, flow.database())
    [delivery] = flow.rows()
    # As a create that joins: the digest's row locked, and the item written, but not seen yet.
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


def test_a_create_that_comes_second_opens_another_digest(flow: Flow, holder: psycopg.Connection[Any]) -> None:
    [made] = record(flow, flow.database())
    [emptied] = flow.rows()
    hold_retract(holder, made)
    database = flow.database()
    while_it_waits(flow, holder, lambda: record(flow, database))
    assert [(row["id"] == emptied["id"], row["status"]) for row in flow.rows()] == [
        (True, "skipped"), (False, "pending"),
    ]  # fmt: skip


def test_what_is_erased_meanwhile_is_not_there(flow: Flow, holder: psycopg.Connection[Any]) -> None:
    [made] = record(flow, flow.database())
    holder.execute("SELECT erase_person('alice')")
    with pytest.raises(NotFound):
        while_it_waits(flow, holder, lambda: retract.by_id(flow.database(), PRODUCER, made))


@dataclass
class Storm:
    """What runs at once. `made`: alice's notifications by their titles; `told`: what the producer was told of them."""

    flow: Flow
    made: list[str] = field(default_factory=list[str])
    told: dict[str, str] = field(default_factory=dict[str, str])
    over: threading.Event = field(default_factory=threading.Event)

    def create(self, seed: int) -> None:
        database, chance = self.flow.database(), random.Random(seed)
        for number in range(30):
            title = f"{seed}-{number}"
            content = {"title": title, "event_name": f"job_{number % 4}.failed"}
            alices, bobs = record(self.flow, database, "alice", "bob", **content)
            self.made.append(title)
            for notification_id in chance.sample([alices, bobs], chance.choice([0, 2])):
                with suppress(NotFound):  # pruned, or erased
                    answer = retract.by_id(database, PRODUCER, notification_id)
                    if notification_id == alices:
                        self.told[title] = answer.channels["email"].state

    def send(self) -> None:
        connection, worker = self.flow.connection(), self.flow.new_worker()
        with connection:
            over = False
            while not over:
                last = self.over.is_set()  # before the look: it must see what was recorded last
                pending = connection.execute(PENDING).fetchall()
                for row in pending:  # one by one: whoever locks several does so in an order
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


def test_at_once_nothing_is_lost_doubled_or_sent_after_it_was_cancelled(flow: Flow) -> None:
    """Creating, retracting and sending for alice and bob, while bob is erased and what has left is pruned."""
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
    assert max(call.item_count for call in alices) <= 20  # no email has more than it shows
    sent = Counter(item.title for call in alices for item in call.items)
    expected = {"cancelled": 0, "left_out": 0, "sending": 1, "sent": 1, "": 1}
    for title in storm.made:
        state = storm.told.get(title, "")
        assert (title, state, sent[title]) == (title, state, expected[state])
    assert {"cancelled", "left_out"} <= set(storm.told.values())
    deadlocks = "SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()"
    assert flow.db.execute(deadlocks).fetchone() == {"n": 0}
