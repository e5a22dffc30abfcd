"""An hour without SES with 100,000 deliveries due: `python -m benchmarks.outage`.

Plays the hour, and the hours until all has left, on a simulated clock: real workers and a real reaper on a real
PostgreSQL, with SQS and SES as benchmarks/simulated.py plays them. Every second a notification more is recorded.
Then it prints, for each span of minutes, what was asked of the provider and what became of the deliveries.
"""

import argparse
import logging
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks.simulated import Clock, ClockedDatabase, Provider, Queue, server
from carillon.database.connection import connect
from carillon.database.migrations import migrate
from carillon.deliveries.dispatch import Dispatcher
from carillon.deliveries.worker import Worker
from carillon.identity import Identity
from carillon.models.delivery import Channel, Outcome, OutcomeKind
from carillon.models.notification import NewNotification
from carillon.notifications import record
from carillon.operations.verification import verify
from carillon.reaper import Reaper
from carillon.settings import CreateSettings, DeliverSettings, OperatorSettings, ReaperSettings

START = datetime(2026, 11, 24, 10, tzinfo=UTC)
TICK = timedelta(seconds=1)
PRODUCER = Identity(subject=None, producer="benchmark")
# What a batch takes of its worker: a claim and a finish, and the provider's answer where it is asked.
BATCH_SECONDS, SEND_SECONDS = 0.06, 0.25
OUTAGES = {
    "no_connection": Outcome(OutcomeKind.RETRY, "no_connection", reached=False),
    "account_suspended": Outcome(OutcomeKind.THROTTLED, "account_suspended", pause_seconds=300, reached=False),
    "read_timeout": Outcome(OutcomeKind.UNKNOWN, "read_timeout", reached=False),
}


@dataclass
class Sample:
    """The table of deliveries at the end of a minute."""

    minute: int
    pending: int
    failed: int


@dataclass
class Run:
    """What is measured."""

    asked: argparse.Namespace
    samples: list[Sample] = field(default_factory=list[Sample])
    fresh: dict[UUID, datetime] = field(default_factory=dict[UUID, datetime])  # recorded on the way
    batches: int = 0


class Stack:
    """Workers, a reaper and producers, on the simulated clock."""

    def __init__(self, url: str, asked: argparse.Namespace) -> None:
        environment = {
            "DATABASE_URL": url, "QUEUE_URL": "simulated", "EMAIL_FROM": "no-reply@example.com",
            "DEFAULT_EMAIL_ENABLED": "true", "EMAIL_PER_MINUTE": "1000",
        }  # fmt: skip
        self.asked, self.run = asked, Run(asked)
        self.clock = Clock(START)
        self.back = START + timedelta(minutes=asked.minutes)
        self.queue = Queue(self.clock)
        self.provider = Provider(self.clock, OUTAGES[asked.outage], self.back, asked.rate)
        self.create_settings = CreateSettings.load(environment)
        self.settings = DeliverSettings.load(environment)
        self.reaper_settings = ReaperSettings.load(environment)
        self.operator_settings = OperatorSettings.load(environment)
        self.database = ClockedDatabase(self.settings, self.clock)
        self.dispatcher = Dispatcher(self.settings, self.database, self.queue)
        self.reaper = Reaper(self.reaper_settings, self.database, self.dispatcher, self.queue)
        self.workers = [self._worker() for _ in range(asked.concurrency)]
        self.free_at = [START] * asked.concurrency
        self.pool = ThreadPoolExecutor(asked.concurrency)
        self.people = [f"person-{number:06}" for number in range(asked.deliveries)]

    def _worker(self) -> Worker:
        database = ClockedDatabase(self.settings, self.clock)
        senders: dict[Channel, Provider] = {"email": self.provider}
        return Worker(self.settings, database, Dispatcher(self.settings, database, self.queue), senders, self.queue)

    def settle_people(self) -> None:
        """Give everybody an address."""
        with connect(self.settings) as connection:
            migrate(connection)
            connection.execute(
                """
                INSERT INTO notification_recipients (user_id, email, updated_at)
                SELECT id, id || '@example.com', now() FROM unnest(%s::text[]) AS id
                """,
                [self.people],
            )
            connection.execute("VACUUM ANALYZE")

    def record(self, people: list[str]) -> list[UUID]:
        """Notify people of something critical; their deliveries, dispatched."""
        content = {"event_name": "job.failed", "title": "A job failed", "severity": "critical", "user_ids": people}
        new = NewNotification.model_validate(content)
        made = record.create(self.database, self.create_settings, PRODUCER, new, None)
        self.dispatcher.dispatch(made.dispatch)
        return [each.delivery_id for each in made.dispatch]

    def tick(self) -> None:
        """One second: one notification more, the reaper when its minute has come, and as much as the workers manage."""
        self.clock.now += TICK
        now = self.clock.now
        seconds = int((now - START).total_seconds())
        if seconds % self.asked.fresh_every == 0 and now <= self.back + timedelta(minutes=self.asked.fresh_minutes):
            [fresh] = self.record([self.people[seconds % len(self.people)]])
            self.run.fresh[fresh] = now
        if seconds % self.reaper_settings.reaper_interval_seconds == 0:
            told = self.reaper.run(time.monotonic() + 45)
            assert not told["failed_steps"]
            self.run.samples.append(Sample(seconds // 60, int(told["pending"]), int(told["failed"])))
        while True:
            idle = [number for number, free_at in enumerate(self.free_at) if free_at < now + TICK]
            busy = [(number, batch) for number in idle if (batch := self.queue.receive())]
            if not busy:
                return
            work = [self.pool.submit(self.workers[number].work, batch, time.monotonic() + 30) for number, batch in busy]
            for (number, batch), worked in zip(busy, (each.result() for each in work), strict=True):
                self.queue.settle(batch, worked.reported)
                asked = any(worked.counts[kind] for kind in ("sent", "retry", "throttled", "unknown"))
                took = BATCH_SECONDS + (SEND_SECONDS if asked else 0)
                self.free_at[number] = max(self.free_at[number], now) + timedelta(seconds=took)
            self.run.batches += len(work)

    def close(self) -> None:
        """Hang up."""
        self.pool.shutdown()
        for database in [self.database, *(worker._database for worker in self.workers)]:  # noqa: SLF001 (ours)
            database.close()


def play(stack: Stack, progress: Progress) -> None:
    """From the moment the provider goes out until all has left, or time is over."""
    asked = stack.asked
    recording = progress.add_task("Recording", total=asked.deliveries)
    for start in range(0, asked.deliveries, 1000):
        stack.record(stack.people[start : start + 1000])
        progress.advance(recording, 1000)
    end = START + timedelta(hours=asked.hours)
    playing = progress.add_task(f"{asked.minutes} minutes without a provider", total=asked.minutes)
    leaving = progress.add_task("Sending", total=asked.deliveries, start=False)
    while stack.clock.now < end:
        stack.tick()
        since = (stack.clock.now - START).total_seconds()
        if since % 60:
            continue
        progress.update(playing, completed=since / 60)
        progress.update(leaving, completed=len(stack.provider.sent_at))
        fresh_is_over = since / 60 > asked.minutes + asked.fresh_minutes
        if fresh_is_over and not stack.run.samples[-1].pending:
            return


def main() -> None:
    """Play it, and print what happened."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outage", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--deliveries", type=int, default=100_000, help="how many are due when the provider goes out")
    parser.add_argument("--minutes", type=int, default=60, help="how long it is out")
    parser.add_argument("--outage", choices=OUTAGES, default="no_connection")
    parser.add_argument("--rate", type=int, default=14, help="emails a second that it takes afterwards")
    parser.add_argument("--concurrency", type=int, default=10, help="batches at once (Deliveries, of the stack's Size)")
    parser.add_argument("--fresh-every", type=int, default=1, help="seconds from one notification more to the next")
    parser.add_argument("--fresh-minutes", type=int, default=60, help="how long after it is back more is recorded")
    parser.add_argument("--hours", type=float, default=8, help="the longest that is simulated")
    parser.add_argument("--every", type=int, default=10, help="minutes in a row of the table")
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    started = time.monotonic()
    with server() as url, Progress(console=Console(stderr=True)) as progress:
        stack = Stack(url, asked)
        stack.settle_people()
        play(stack, progress)
        breaches = verify(stack.database, stack.operator_settings).breaches
        stack.close()
    report(stack, len(breaches), time.monotonic() - started)


def report(stack: Stack, breaches: int, seconds: float) -> None:
    """The table and the summary."""
    asked, provider = stack.asked, stack.provider
    table = Table("minutes", "requests", "most in a second", "sent", "pending", "failed", box=None)
    last = stack.run.samples[-1].minute
    for first in range(0, last, asked.every):
        span = [START + timedelta(minutes=first, seconds=second) for second in range(1, asked.every * 60 + 1)]
        sample = next(each for each in stack.run.samples if each.minute == min(first + asked.every, last))
        requests = [provider.requests[each] for each in span]
        row = (
            f"{first} to {sample.minute}", sum(requests), max(requests), sum(provider.sent[each] for each in span),
            sample.pending, sample.failed,
        )  # fmt: skip
        table.add_row(*map(str, row))
    console = Console(width=120)
    console.print(table)
    after = {at: count for at, count in provider.requests.items() if at >= stack.back}
    waits = sorted(
        (provider.sent_at.get(each, stack.clock.now) - at).total_seconds()
        for each, at in stack.run.fresh.items()
        if at >= stack.back + timedelta(minutes=10)
    )
    left = max(provider.sent_at.values(), default=stack.clock.now) - stack.back
    console.print(
        f"requests while it was out: {sum(provider.requests.values()) - sum(after.values())}",
        f"requests afterwards: {sum(after.values())}, for {len(provider.sent_at)} emails; the most in a second: "
        f"{max(after.values(), default=0)}, its limit is {asked.rate}",
        f"sent twice: {provider.twice}; dead letters: {len(stack.queue.dead)}; breaches of verify: {breaches}",
        f"all had left {left.total_seconds() / 60:.0f} minutes after it was back; at its limit it takes "
        f"{len(provider.sent_at) / asked.rate / 60:.0f}",
        f"what was recorded from ten minutes after that on waited {statistics.median(waits):.0f} s (median), "
        f"{waits[int(len(waits) * 0.95)]:.0f} s (95 %)" if waits else "",
        f"{stack.run.batches} batches in {seconds:.0f} s",
        sep="\n",
    )  # fmt: skip


if __name__ == "__main__":
    main()
