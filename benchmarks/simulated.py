"""The simulated parts of benchmarks/outage.py: a clock, SQS and SES, all in this process.

The database and the code that calls it are real. Each connection sets `carillon.now`, which the SQL reads as the time.
"""

import heapq
import json
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

from benchmarks.server import running_server
from carillon.database.connection import Database, connect
from carillon.deliveries.batch import Message
from carillon.models.delivery import ClaimedDelivery, Outcome, OutcomeKind
from carillon.settings.base import DatabaseSettings
from devstack.machine.postgres import THROWAWAY

MAX_RECEIVES = 5
BATCH = 10


@dataclass
class Clock:
    """The simulated time."""

    now: datetime


class ClockedDatabase(Database):
    """The connection of a container, with the simulated clock."""

    def __init__(self, settings: DatabaseSettings, clock: Clock) -> None:
        super().__init__(settings)
        self._clock = clock
        self._database_time: datetime | None = None

    def _run(self, name: str, parameters: Mapping[str, Any] | None) -> list[DictRow]:
        if self._connection is None:
            self._connection = connect(self._settings)
        if self._database_time != self._clock.now:
            self._connection.execute("SELECT set_config('carillon.now', %s, false)", [self._clock.now.isoformat()])
            self._database_time = self._clock.now
        return super()._run(name, parameters)


@dataclass(order=True, slots=True)
class StoredMessage:
    """A message in the queue. Messages sort by the time at which they become visible."""

    visible_at: datetime
    number: int
    delivery_id: UUID = field(compare=False)
    sent_at: datetime = field(compare=False)
    receives: int = field(compare=False, default=0)


class Queue:
    """SQS with delays, visibility timeouts, receive counts and redrive. It loses no message and repeats none."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: list[StoredMessage] = []
        self._in_flight: dict[str, StoredMessage] = {}
        self._number = 0
        self.dead: list[UUID] = []

    def receive(self) -> list[Message]:
        """Return a batch of visible messages, or an empty list."""
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
        """Delete the messages of a batch, except those reported as failed, as the event source of Lambda does."""
        with self._lock:
            for message in batch:
                stored = self._in_flight.pop(message.receipt_handle)
                if message.message_id in reported:
                    heapq.heappush(self._waiting, stored)

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: ARG002, N803
        """Accept messages, as SQS does."""
        now = self._clock.now
        with self._lock:
            for entry in Entries:
                self._number += 1
                visible_at = now + timedelta(seconds=entry["DelaySeconds"])
                delivery_id = UUID(json.loads(entry["MessageBody"])["delivery_id"])
                heapq.heappush(self._waiting, StoredMessage(visible_at, self._number, delivery_id, now))
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries], "Failed": []}

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: ARG002, N803
        """Hide messages in flight for so many seconds, as SQS does."""
        with self._lock:
            for entry in Entries:
                visible_at = self._clock.now + timedelta(seconds=entry["VisibilityTimeout"])
                self._in_flight[entry["ReceiptHandle"]].visible_at = visible_at
        return {"Successful": [], "Failed": []}

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: ARG002, N803
        """Return the number of visible messages, as SQS does."""
        with self._lock:
            visible = sum(stored.visible_at <= self._clock.now for stored in self._waiting)
        return {"Attributes": {"ApproximateNumberOfMessages": str(visible)}}

    def close(self) -> None:
        """Do nothing: there are no connections."""


class Provider:
    """SES: its outage ends at `outage_end`. Then it accepts `rate` emails a second and throttles all others."""

    def __init__(self, clock: Clock, outage: Outcome, outage_end: datetime, rate: int) -> None:
        self._clock, self._outage, self._outage_end, self._rate = clock, outage, outage_end, rate
        self._lock = threading.Lock()
        self.requests: Counter[datetime] = Counter()  # for each second
        self.sent: Counter[datetime] = Counter()
        self.sent_at: dict[UUID, datetime] = {}
        self.twice = 0

    def send(self, delivery: ClaimedDelivery) -> Outcome:
        """Answer one request."""
        now = self._clock.now
        with self._lock:
            self.requests[now] += 1
            if now < self._outage_end:
                return self._outage
            if self.sent[now] >= self._rate:
                return Outcome(OutcomeKind.THROTTLED, "too_many_requests", reached=True)
            self.sent[now] += 1
            self.twice += delivery.delivery_id in self.sent_at
            self.sent_at[delivery.delivery_id] = now
        return Outcome(OutcomeKind.SENT, provider_message_ids=(str(delivery.delivery_id),), reached=True)


@contextmanager
def server() -> Generator[str]:
    """Run a PostgreSQL for the benchmark, in memory if possible, and yield the address of its database."""
    memory = Path("/dev/shm")  # noqa: S108
    config = THROWAWAY | {"autovacuum": "on", "shared_buffers": "1GB"}
    with running_server(memory if memory.is_dir() else None, config) as running:
        running.create_database("carillon")
        yield running.postgres.url()
