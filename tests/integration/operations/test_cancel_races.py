"""Cancelling that races with creates and claims: no deadlock, no cancelled item is sent, and each has one result."""

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn

import pytest

from carillon.deliveries.dispatch import Dispatcher
from carillon.models.channel import Channel
from carillon.models.new_notification import NewNotification
from carillon.notifications import record
from carillon.operations import verification
from carillon.operations.arguments import CancelArguments
from carillon.operations.commands import cancel
from carillon.operations.registry import OperatorContext
from carillon.settings import OperatorSettings
from tests.support.flow import PRODUCER, QUEUE_URL, Flow

PEOPLE = [f"user-{number}" for number in range(6)]
ROUNDS = 25


def _unused() -> NoReturn:
    raise AssertionError("cancel calls no other service")


@dataclass
class Race:
    """Producers fill digests, workers close them, and an operator cancels half of the items."""

    flow: Flow
    begun: datetime
    channel: Channel | None
    over: threading.Event = field(default_factory=threading.Event)
    errors: list[Exception] = field(default_factory=list[Exception])

    def create(self, seed: int) -> None:
        chance, database = random.Random(seed), self.flow.database()
        for number in range(ROUNDS):
            new = NewNotification.model_validate({
                "user_ids": chance.sample(PEOPLE, 4), "title": f"{seed}-{number}", "severity": "warning",
                "batch_key": "one", "event_name": chance.choice(["job.failed", "sync.failed"]),
            })  # fmt: skip
            record.create(database, self.flow.create_settings, PRODUCER, new, None)

    def claim(self, _: int) -> None:
        worker, connection = self.flow.new_worker(), self.flow.stack.enter_context(self.flow.connection())
        while not self.over.is_set():
            due = connection.execute(
                """
                UPDATE deliveries SET available_at = now()
                WHERE id IN (
                    SELECT id FROM deliveries WHERE status = 'pending' LIMIT 4 FOR UPDATE SKIP LOCKED
                )
                RETURNING id
                """
            ).fetchall()
            self.flow.work(*[row["id"] for row in due], worker=worker)

    def cancel_items(self, _: int) -> None:
        database = self.flow.database()
        context = OperatorContext(
            settings=self.settings,
            database=database,
            dispatcher=Dispatcher(self.settings, database, self.flow.sqs),
            endpoints=_unused,
            suppressions=_unused,
            operator="tests",
        )
        while not self.over.is_set():
            cancel(context, CancelArguments(event="job", since=self.begun, channel=self.channel, limit=3))

    @property
    def settings(self) -> OperatorSettings:
        environment = {"DATABASE_URL": self.flow.database_url, "QUEUE_URL": QUEUE_URL}
        return OperatorSettings.load(environment | {"EMAIL_PER_MINUTE": "1000", "PUSH_PER_MINUTE": "1000"})

    def run(self) -> None:
        start = threading.Barrier(5)

        def guarded(work: Callable[[int], None], seed: int) -> None:
            start.wait()
            try:
                work(seed)
            except Exception as error:  # noqa: BLE001 (shown by the test)
                self.errors.append(error)

        def begin(*works: Callable[[int], None]) -> Sequence[threading.Thread]:
            threads = [threading.Thread(target=guarded, args=(work, seed)) for seed, work in enumerate(works)]
            for thread in threads:
                thread.start()
            return threads

        creating, others = begin(self.create, self.create), begin(self.claim, self.claim, self.cancel_items)
        for thread in creating:
            thread.join()
        self.over.set()
        for thread in others:
            thread.join()


@pytest.mark.parametrize("channel", [None, "email"])
def test_concurrent_joins_claims_and_cancellations_of_digests_agree(flow: Flow, channel: Channel | None) -> None:
    for person in PEOPLE:
        flow.person(person, devices=1)
    flow.db.execute("UPDATE preferences SET channels = channels || jsonb_build_object('push', true)")
    begun = flow.db.execute("SELECT now() AS at").fetchall()[0]["at"]
    race = Race(flow, begun, channel)
    race.run()
    assert race.errors == []

    items = flow.db.execute(
        """
        SELECT i.delivery_id, i.channel, i.left_out, n.title FROM delivery_items AS i
        JOIN notifications AS n ON n.id = i.notification_id
        """
    ).fetchall()
    cancelled = {(item["delivery_id"], item["title"]) for item in items if item["left_out"] == "cancelled"}
    assert len(items) == 2 * 2 * 4 * ROUNDS
    assert {item["channel"] for item in items if item["left_out"]} == ({channel} if channel else {"email", "push"})
    sent = {(call.delivery_id, item.title) for call in flow.provider.calls for item in call.items}
    assert sent
    assert not sent & cancelled
    assert verification.verify(flow.database(), race.settings).breaches == []
