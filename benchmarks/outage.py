"""An outage of SES for one hour, with 100,000 deliveries due: `python -m benchmarks.outage`.

The benchmark simulates the hour, and the hours until all deliveries are sent. The clock, SQS and SES are simulated
(benchmarks/simulated.py). The workers, the reaper and PostgreSQL are real. Every second, one more notification is
recorded. At the end it prints, for each span of minutes, the requests to SES and the states of the deliveries.
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

from benchmarks.cases import PRODUCER
from benchmarks.product_tables import store_addresses
from benchmarks.simulated import Clock, ClockedDatabase, Provider, Queue, server
from carillon.database.connection import connect
from carillon.database.migrations import migrate
from carillon.deliveries.dispatch import Dispatcher
from carillon.deliveries.worker import Worker
from carillon.models.channel import Channel
from carillon.models.delivery import Outcome, OutcomeKind
from carillon.models.new_notification import NewNotification
from carillon.notifications import record
from carillon.operations.verification import verify
from carillon.reaper import Reaper
from carillon.settings import CreateSettings, DeliverSettings, OperatorSettings, ReaperSettings

START = datetime(2026, 11, 24, 10, tzinfo=UTC)
TICK = timedelta(seconds=1)
# The time of a batch: a claim and a finish, and the provider's answer if the worker sends anything.
BATCH_SECONDS, SEND_SECONDS = 0.06, 0.25
OUTAGES = {
    "no_connection": Outcome(OutcomeKind.RETRY, "no_connection", reached=False),
    "account_suspended": Outcome(OutcomeKind.THROTTLED, "account_suspended", pause_seconds=300, reached=False),
    "read_timeout": Outcome(OutcomeKind.UNKNOWN, "read_timeout", reached=False),
}


@dataclass
class Sample:
    """The deliveries by status at the end of a minute."""

    minute: int
    pending: int
    failed: int


@dataclass
class Run:
    """The measurements of a run."""

    samples: list[Sample] = field(default_factory=list[Sample])
    # The deliveries that were recorded during the run, each with its time.
    fresh: dict[UUID, datetime] = field(default_factory=dict[UUID, datetime])
    batches: int = 0


class Stack:
    """Workers, a reaper and producers with the simulated clock."""

    def __init__(self, url: str, options: argparse.Namespace) -> None:
        environment = {
            "DATABASE_URL": url, "QUEUE_URL": "simulated", "EMAIL_FROM": "no-reply@example.com",
            "DEFAULT_EMAIL": "all", "EMAIL_PER_MINUTE": "1000",
        }  # fmt: skip
        self.options, self.run = options, Run()
        self.clock = Clock(START)
        self.outage_end = START + timedelta(minutes=options.minutes)
        self.queue = Queue(self.clock)
        self.provider = Provider(self.clock, OUTAGES[options.outage], self.outage_end, options.rate)
        self.create_settings = CreateSettings.load(environment)
        self.settings = DeliverSettings.load(environment)
        self.reaper_settings = ReaperSettings.load(environment)
        self.operator_settings = OperatorSettings.load(environment)
        self.database = ClockedDatabase(self.settings, self.clock)
        self.dispatcher = Dispatcher(self.settings, self.database, self.queue)
        self.reaper = Reaper(self.reaper_settings, self.database, self.dispatcher, self.queue)
        self.workers = [self._worker() for _ in range(options.concurrency)]
        self.free_at = [START] * options.concurrency
        self.pool = ThreadPoolExecutor(options.concurrency)
        self.people = [f"person-{number:06}" for number in range(options.deliveries)]

    def _worker(self) -> Worker:
        database = ClockedDatabase(self.settings, self.clock)
        senders: dict[Channel, Provider] = {"email": self.provider}
        return Worker(self.settings, database, Dispatcher(self.settings, database, self.queue), senders, self.queue)

    def prepare_database(self) -> None:
        """Migrate the database and store an address for each person."""
        with connect(self.settings) as connection:
            migrate(connection)
            store_addresses(connection, self.people)
            connection.execute("VACUUM ANALYZE")

    def record(self, people: list[str]) -> list[UUID]:
        """Record a critical notification for people, dispatch its deliveries, and return their ids."""
        content = {"event_name": "job.failed", "title": "A job failed", "severity": "critical", "user_ids": people}
        new = NewNotification.model_validate(content)
        created = record.create(self.database, self.create_settings, PRODUCER, new, None)
        self.dispatcher.dispatch(created.dispatch)
        return [each.delivery_id for each in created.dispatch]

    def tick(self) -> None:
        """Simulate one second: record a notification, run the reaper once a minute, and let the workers process."""
        self.clock.now += TICK
        now = self.clock.now
        seconds = int((now - START).total_seconds())
        recording_end = self.outage_end + timedelta(minutes=self.options.fresh_minutes)
        if seconds % self.options.fresh_every == 0 and now <= recording_end:
            [fresh] = self.record([self.people[seconds % len(self.people)]])
            self.run.fresh[fresh] = now
        if seconds % self.reaper_settings.reaper_interval_seconds == 0:
            metrics = self.reaper.run(time.monotonic() + 45)
            assert not metrics["failed_steps"]
            self.run.samples.append(Sample(seconds // 60, int(metrics["pending"]), int(metrics["failed"])))
        while True:
            idle = [number for number, free_at in enumerate(self.free_at) if free_at < now + TICK]
            busy = [(number, batch) for number in idle if (batch := self.queue.receive())]
            if not busy:
                return
            work = [self.pool.submit(self.workers[number].work, batch, time.monotonic() + 30) for number, batch in busy]
            for (number, batch), result in zip(busy, (each.result() for each in work), strict=True):
                self.queue.settle(batch, result.reported)
                has_sent = any(result.counts[kind] for kind in ("sent", "retry", "throttled", "unknown"))
                seconds_busy = BATCH_SECONDS + (SEND_SECONDS if has_sent else 0)
                self.free_at[number] = max(self.free_at[number], now) + timedelta(seconds=seconds_busy)
            self.run.batches += len(work)

    def close(self) -> None:
        """Stop the threads and close the connections."""
        self.pool.shutdown()
        for database in [self.database, *(worker._database for worker in self.workers)]:  # noqa: SLF001 (the workers own them)
            database.close()


def simulate(stack: Stack, progress: Progress) -> None:
    """Simulate from the start of the outage until all deliveries are sent, or until the time is over."""
    options = stack.options
    recording = progress.add_task("Recording", total=options.deliveries)
    for start in range(0, options.deliveries, 1000):
        stack.record(stack.people[start : start + 1000])
        progress.advance(recording, 1000)
    end = START + timedelta(hours=options.hours)
    outage = progress.add_task(f"{options.minutes} minutes of outage", total=options.minutes)
    sending = progress.add_task("Sending", total=options.deliveries, start=False)
    while stack.clock.now < end:
        stack.tick()
        elapsed = (stack.clock.now - START).total_seconds()
        if elapsed % 60:
            continue
        progress.update(outage, completed=elapsed / 60)
        progress.update(sending, completed=len(stack.provider.sent_at))
        recording_is_over = elapsed / 60 > options.minutes + options.fresh_minutes
        if recording_is_over and not stack.run.samples[-1].pending:
            return


def main() -> None:
    """Run the simulation and print the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.outage", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--deliveries", type=int, default=100_000, help="deliveries that are due when the outage begins"
    )
    parser.add_argument("--minutes", type=int, default=60, help="length of the outage")
    parser.add_argument("--outage", choices=OUTAGES, default="no_connection")
    parser.add_argument("--rate", type=int, default=14, help="emails a second that SES accepts after the outage")
    parser.add_argument("--concurrency", type=int, default=10, help="batches at once (Deliveries in the stack's Size)")
    parser.add_argument("--fresh-every", type=int, default=1, help="seconds between two new notifications")
    parser.add_argument("--fresh-minutes", type=int, default=60, help="minutes of new notifications after the outage")
    parser.add_argument("--hours", type=float, default=8, help="the longest time that is simulated")
    parser.add_argument("--every", type=int, default=10, help="minutes for each row of the table")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    started = time.monotonic()
    with server() as url, Progress(console=Console(stderr=True)) as progress:
        stack = Stack(url, options)
        stack.prepare_database()
        simulate(stack, progress)
        breaches = verify(stack.database, stack.operator_settings).breaches
        stack.close()
    report(stack, len(breaches), time.monotonic() - started)


def report(stack: Stack, breaches: int, seconds: float) -> None:
    """Print the table and the summary."""
    options, provider = stack.options, stack.provider
    table = Table("minutes", "requests", "most in a second", "sent", "pending", "failed", box=None)
    last = stack.run.samples[-1].minute
    for first in range(0, last, options.every):
        span = [START + timedelta(minutes=first, seconds=second) for second in range(1, options.every * 60 + 1)]
        sample = next(each for each in stack.run.samples if each.minute == min(first + options.every, last))
        requests = [provider.requests[each] for each in span]
        row = (
            f"{first} to {sample.minute}", sum(requests), max(requests), sum(provider.sent[each] for each in span),
            sample.pending, sample.failed,
        )  # fmt: skip
        table.add_row(*map(str, row))
    console = Console(width=120)
    console.print(table)
    after = {at: count for at, count in provider.requests.items() if at >= stack.outage_end}
    waits = sorted(
        (provider.sent_at.get(each, stack.clock.now) - at).total_seconds()
        for each, at in stack.run.fresh.items()
        if at >= stack.outage_end + timedelta(minutes=10)
    )
    duration = max(provider.sent_at.values(), default=stack.clock.now) - stack.outage_end
    console.print(
        f"requests during the outage: {sum(provider.requests.values()) - sum(after.values())}",
        f"requests after it: {sum(after.values())}, for {len(provider.sent_at)} emails; the most in a second: "
        f"{max(after.values(), default=0)}, the limit is {options.rate}",
        f"sent twice: {provider.twice}; dead letters: {len(stack.queue.dead)}; breaches of verify: {breaches}",
        f"all were sent {duration.total_seconds() / 60:.0f} minutes after the outage; at its limit SES needs "
        f"{len(provider.sent_at) / options.rate / 60:.0f}",
        f"notifications from ten minutes after the outage waited {statistics.median(waits):.0f} s (median), "
        f"{waits[int(len(waits) * 0.95)]:.0f} s (95 %)" if waits else "",
        f"{stack.run.batches} batches in {seconds:.0f} s",
        sep="\n",
    )  # fmt: skip


if __name__ == "__main__":
    main()
