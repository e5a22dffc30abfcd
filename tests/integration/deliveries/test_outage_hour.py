"""An hour without SES on a simulated clock, with hundreds of due deliveries: the queue, the reaper and the workers.

The clock is the setting `carillon.now` of the database, and SQS is a heap. The workers process up to 60 batches
every 10 seconds.
"""

import heapq
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from carillon.models.delivery import ClaimedDelivery, Outcome, OutcomeKind
from carillon.reaper import Reaper
from tests.support.flow import Flow
from tests.support.verified_database import run_verify

pytestmark = pytest.mark.slow

START = datetime(2026, 11, 24, 10, tzinfo=UTC)
TICK = timedelta(seconds=10)
BATCHES_A_TICK = 60


class Hour:
    """A stack whose provider is out from `START` until `back`. Then the provider accepts `rate` emails a second."""

    def __init__(self, flow: Flow, outage: Outcome, back: datetime, rate: int) -> None:
        self.flow, self.outage, self.back, self.rate = flow, outage, back, rate
        self.now = START
        self.queue: list[tuple[datetime, int, UUID]] = []
        self.requests: list[tuple[datetime, UUID]] = []
        self.sent: list[tuple[datetime, UUID]] = []
        self.dead: list[str] = []
        self.messages = 0
        self.reaper: Reaper = flow.reaper()
        flow.senders["email"] = self

    def send(self, delivery: ClaimedDelivery) -> Outcome:
        self.requests.append((self.now, delivery.delivery_id))
        if self.now < self.back:
            return self.outage
        if sum(at == self.now for at, _ in self.sent) >= self.rate * TICK.total_seconds():
            return Outcome(OutcomeKind.THROTTLED, "too_many_requests", reached=True)
        self.sent.append((self.now, delivery.delivery_id))
        return Outcome(OutcomeKind.SENT, provider_message_ids=(str(delivery.claim_no),), reached=True)

    def set_clock(self, now: datetime) -> None:
        self.now = now
        for database in (self.flow.worker._database, self.reaper._database):
            database.row("connection/check_health")
            assert database._connection is not None
            database._connection.execute(f"SET carillon.now = '{now.isoformat()}'".encode())

    def take_what_was_dispatched(self) -> None:
        for delivery_id, delay in self.flow.sqs.sent:
            self.messages += 1
            heapq.heappush(self.queue, (self.now + timedelta(seconds=delay), self.messages, delivery_id))
        self.flow.sqs.sent.clear()

    def tick(self) -> None:
        self.set_clock(self.now + TICK)
        if (self.now - START).total_seconds() % 60 == 0:
            self.flow.sqs.waiting = sum(at <= self.now for at, *_ in self.queue)
            self.reaper.run(deadline=1e12)
            self.take_what_was_dispatched()
        for _ in range(BATCHES_A_TICK):
            due: list[UUID] = []
            while self.queue and self.queue[0][0] <= self.now and len(due) < 10:
                due.append(heapq.heappop(self.queue)[2])
            if not due:
                break
            worked = self.flow.work(*(self.flow.message(each, sent_at=self.now) for each in due))
            self.dead += worked.reported
            self.take_what_was_dispatched()

    def run_until(self, end: datetime) -> None:
        while self.now < end:
            self.tick()

    def create(self, people: list[str]) -> None:
        self.flow.sqs.sent += [(each, 0) for each in self.flow.create(*people)]
        self.take_what_was_dispatched()


@pytest.mark.parametrize(
    ("outage", "out_minutes"),
    [
        (Outcome(OutcomeKind.RETRY, "no_connection", reached=False), 60),
        (Outcome(OutcomeKind.UNKNOWN, "read_timeout", reached=False), 60),
        (Outcome(OutcomeKind.THROTTLED, "account_suspended", pause_seconds=300, reached=False), 60),
    ],
    ids=lambda value: getattr(value, "code", ""),
)
def test_an_outage_fails_no_delivery_loses_none_and_floods_no_provider(
    flow: Flow, outage: Outcome, out_minutes: int
) -> None:
    people = [f"user-{number:04}" for number in range(300)]
    for user_id in people:
        flow.person(user_id)
    back = START + timedelta(minutes=out_minutes)
    hour = Hour(flow, outage, back, rate=2)
    hour.set_clock(START)
    for start in range(0, 250, 50):
        hour.create(people[start : start + 50])
    hour.run_until(START + timedelta(minutes=30))
    hour.create(people[250:])

    hour.run_until(back - TICK)
    requests = [at for at, _ in hour.requests]
    # The batch that opened the circuit breaker, then only probes: after 1, 2, 4 and then about every 5 minutes.
    assert 10 + 8 <= len(requests) <= 10 + 16
    assert sum(at > START + timedelta(minutes=1) for at in requests) <= 16

    hour.run_until(back + timedelta(minutes=30))

    rows: list[dict[str, Any]] = flow.rows()
    assert {row["status"] for row in rows} == {"sent"}
    assert hour.dead == []
    assert sorted(each for _, each in hour.sent) == sorted(row["id"] for row in rows)
    assert len(hour.sent) == 300
    # The send rate grows: first the probe alone, then the deferred deliveries over minutes.
    first = min(at for at, _ in hour.sent)
    assert first < back + timedelta(minutes=7)
    by_minute = [sum(at - first < timedelta(minutes=minute) for at, _ in hour.sent) for minute in range(1, 12)]
    assert by_minute[0] < 150
    assert by_minute[-1] > 295
    # The requests follow the rate of the provider, with few more than it accepts.
    requests_after = [at for at, _ in hour.requests if at >= back]
    assert len(requests_after) <= 1.2 * 300
    assert max(Counter(requests_after).values()) <= 2 * hour.rate * TICK.total_seconds()
    assert flow.db.execute("SELECT count(*) AS pauses FROM pauses").fetchone() == {"pauses": 0}
    assert run_verify(flow).breaches == []
