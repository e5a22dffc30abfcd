"""What an hour without a provider is played with: a clock, SQS and SES, all of them in this process.

The database is real, and so is all that talks to it: its clock is `carillon.now`, which each connection is told.
"""

import heapq
import json
import tempfile
import threading
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg.rows import DictRow

from carillon.database.connection import Database, connect
from carillon.deliveries.batch import Message
from carillon.models.delivery import ClaimedDelivery, Outcome, OutcomeKind
from carillon.settings.groups import DatabaseSettings
from devstack.machine.postgres import THROWAWAY, Postgres
from tests.support.environment import free_port

MAX_RECEIVES = 5
BATCH = 10


@dataclass
class Clock:
    """The simulated moment."""

    now: datetime


class ClockedDatabase(Database):
    """A container's connection, whose clock is the simulated one."""

    def __init__(self, settings: DatabaseSettings, clock: Clock) -> None:
        super().__init__(settings)
        self._clock = clock
        self._told: datetime | None = None

    def _run(self, name: str, parameters: Mapping[str, Any] | None) -> list[DictRow]:
        if self._connection is None:
            self._connection = connect(self._settings)
        if self._told != self._clock.now:
            self._connection.execute("SELECT set_config('carillon.now', %s, false)", [self._clock.now.isoformat()])
            self._told = self._clock.now
        return super()._run(name, parameters)


@dataclass(order=True, slots=True)
class Stored:
    """A message that waits, ordered by when it is shown."""

    visible_at: datetime
    number: int
    delivery_id: UUID = field(compare=False)
    sent_at: datetime = field(compare=False)
    receives: int = field(compare=False, default=0)


class Queue:
    """SQS: delays, visibility, receive counts, a redrive policy. Nothing is lost here and nothing comes twice."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: list[Stored] = []
        self._in_flight: dict[str, Stored] = {}
        self._number = 0
        self.dead: list[UUID] = []

    def receive(self) -> list[Message]:
        """A batch of what is shown now; empty when nothing is."""
        batch: list[Message] = []
        with self._lock:
            while self._waiting and self._waiting[0].visible_at <= self._clock.now and len(batch) < BATCH:
                stored = heapq.heappop(self._waiting)
                stored.receives += 1
                if stored.receives > MAX_RECEIVES:
                    self.dead.append(stored.delivery_id)
                    continue
                handle = str(stored.number)
                self._in_flight[handle] = stored
                batch.append(Message(handle, handle, stored.receives, stored.sent_at, stored.delivery_id))
        return batch

    def settle(self, batch: list[Message], reported: list[str]) -> None:
        """What the event source does after a batch: delete all that was not reported."""
        with self._lock:
            for message in batch:
                stored = self._in_flight.pop(message.receipt_handle)
                if message.message_id in reported:
                    heapq.heappush(self._waiting, stored)

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: ARG002, N803
        """SQS's own."""
        now = self._clock.now
        with self._lock:
            for entry in Entries:
                self._number += 1
                shown = now + timedelta(seconds=entry["DelaySeconds"])
                delivery_id = UUID(json.loads(entry["MessageBody"])["delivery_id"])
                heapq.heappush(self._waiting, Stored(shown, self._number, delivery_id, now))
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries], "Failed": []}

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: ARG002, N803
        """SQS's own."""
        with self._lock:
            for entry in Entries:
                shown = self._clock.now + timedelta(seconds=entry["VisibilityTimeout"])
                self._in_flight[entry["ReceiptHandle"]].visible_at = shown
        return {"Successful": [], "Failed": []}

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: ARG002, N803
        """SQS's own."""
        with self._lock:
            visible = sum(stored.visible_at <= self._clock.now for stored in self._waiting)
        return {"Attributes": {"ApproximateNumberOfMessages": str(visible)}}

    def close(self) -> None:
        """Nothing is pooled here."""


class Provider:
    """SES: out until `back`, then it takes `rate` emails in each second and throttles the rest."""

    def __init__(self, clock: Clock, outage: Outcome, back: datetime, rate: int) -> None:
        self._clock, self._outage, self._back, self._rate = clock, outage, back, rate
        self._lock = threading.Lock()
        self.requests: Counter[datetime] = Counter()  # by second
        self.sent: Counter[datetime] = Counter()
        self.sent_at: dict[UUID, datetime] = {}
        self.twice = 0

    def send(self, delivery: ClaimedDelivery) -> Outcome:
        """One request."""
        now = self._clock.now
        with self._lock:
            self.requests[now] += 1
            if now < self._back:
                return self._outage
            if self.sent[now] >= self._rate:
                return Outcome(OutcomeKind.THROTTLED, "too_many_requests", reached=True)
            self.sent[now] += 1
            self.twice += delivery.delivery_id in self.sent_at
            self.sent_at[delivery.delivery_id] = now
        return Outcome(OutcomeKind.SENT, provider_message_ids=(str(delivery.delivery_id),), reached=True)


@contextmanager
def server() -> Generator[str]:
    """A database of its own, in memory where there is room."""
    with tempfile.TemporaryDirectory(dir=Path("/dev/shm") if Path("/dev/shm").is_dir() else None) as folder:  # noqa: S108
        postgres = Postgres(
            Path(folder) / "postgres",
            port=free_port(),
            config=THROWAWAY | {"autovacuum": "on", "shared_buffers": "1GB"},
        )
        postgres.start()
        try:
            postgres.create_database("carillon")
            yield postgres.url()
        finally:
            postgres.stop()
