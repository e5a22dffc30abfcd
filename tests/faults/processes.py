"""The processes of a storm: workers and listeners with their event sources, reapers, and producers."""

import logging
import os
import random
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from carillon import channels
from carillon.aws.clients import client
from carillon.channels import Sender
from carillon.deliveries.batch import Message, parse_body
from carillon.deliveries.worker import Worker
from carillon.errors import CarillonError, NotFound, Unavailable
from carillon.feedback.record import EventMessage, FeedbackWorker
from carillon.identity import Identity
from carillon.models.channel import Channel
from carillon.models.new_notification import NewNotification
from carillon.notifications import feed, record, retract
from carillon.reaper import Reaper
from carillon.settings import CreateSettings, DeliverSettings, ProviderEventsSettings, ReaperSettings
from tests.faults.seams import REAL_TIME, Journal, Seams, WatchedDatabase, WatchedDispatcher, WatchedSender

PRODUCER = Identity(subject="storm", producer="storm")


@dataclass(frozen=True)
class Setup:
    """The options of one process.

    The process is killed when it reaches `seam` for the `countdown`-th time. Its clock is wrong by `skew` seconds.
    `replies_lost` is the probability that an answer of the database is lost.
    """

    environment: Mapping[str, str]
    folder: Path
    name: str
    seed: int
    seam: str | None = None
    countdown: int = 1
    skew: float = 0
    replies_lost: float = 0
    people: int = 0
    digests: bool = True


class Context:
    """The start of each process: environment, output, clock, random generator, journal and seams."""

    def __init__(self, setup: Setup) -> None:
        os.environ.update(setup.environment)
        output = os.open(setup.folder / f"{setup.name}.out", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(output, 1)
        os.dup2(output, 2)
        # Write the lines that a function writes. The checks after the storm read them.
        handler = logging.StreamHandler()
        handler.setFormatter(LambdaPowertoolsFormatter())
        logging.root.addHandler(handler)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if setup.skew:
            now, now_ns = time.time, time.time_ns
            time.time = lambda: now() + setup.skew
            time.time_ns = lambda: now_ns() + int(setup.skew * 1e9)
        self.dice = random.Random(f"{setup.seed} {setup.name}")
        self.journal = Journal(setup.folder / f"{os.getpid()}.journal")
        self.seams = Seams(self.journal, setup.seam, setup.countdown)

    def database(self, settings: Any, setup: Setup) -> WatchedDatabase:
        """Return the database with the one connection of this process."""
        return WatchedDatabase(settings, self.seams, setup.replies_lost, self.dice)


def worker(setup: Setup, stop: Event) -> None:
    """Run functions/deliver with its event source. The process is killed at the function's timeout, as in Lambda."""
    context = Context(setup)
    settings = DeliverSettings.load(os.environ)
    database = context.database(settings, setup)
    sqs = client("sqs", timeout_seconds=5)
    senders: dict[Channel, Sender] = {
        name: WatchedSender(sender, context.seams) for name, sender in channels.build(settings).items()
    }
    dispatcher = WatchedDispatcher(settings, database, seams=context.seams)
    function = Worker(settings, database, dispatcher, senders)

    def work(messages: list[Any]) -> list[str]:
        signal.alarm(settings.function_timeout_seconds)  # SIGALRM ends the process
        deadline = time.monotonic() + settings.function_timeout_seconds
        return function.work([_message(each) for each in messages], deadline).reported

    _poll(sqs, settings.queue_url, work, stop)


def listener(setup: Setup, stop: Event) -> None:
    """Run functions/provider_events with its event source."""
    context = Context(setup)
    settings = ProviderEventsSettings.load({**os.environ, "QUEUE_URL": os.environ["EVENTS_QUEUE_URL"]})
    function = FeedbackWorker(settings, context.database(settings, setup))

    def work(messages: list[Any]) -> list[str]:
        return function.process([_event(each) for each in messages]).reported

    _poll(client("sqs", timeout_seconds=5), settings.queue_url, work, stop)


def _poll(sqs: Any, queue_url: str, work: Callable[[list[Any]], list[str]], stop: Event) -> None:
    """Act as an event source: receive messages, pass them to `work`, and delete those that it does not report."""
    while not stop.is_set():
        try:
            messages = sqs.receive_message(
                QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1, AttributeNames=["All"]
            ).get("Messages", [])
        except Exception:  # noqa: BLE001 (the next poll follows any error)
            time.sleep(0.2)
            continue
        if not messages:
            continue
        reported = work(messages)
        done = [each for each in messages if each["MessageId"] not in reported]
        if done:
            entries = [{"Id": str(nr), "ReceiptHandle": each["ReceiptHandle"]} for nr, each in enumerate(done)]
            sqs.delete_message_batch(QueueUrl=queue_url, Entries=entries)
        signal.alarm(0)


def _event(received: Mapping[str, Any]) -> EventMessage:
    count = int(received["Attributes"]["ApproximateReceiveCount"])
    return EventMessage(received["MessageId"], received["ReceiptHandle"], count, received["Body"])


def _message(received: Mapping[str, Any]) -> Message:
    return Message(
        message_id=received["MessageId"],
        receipt_handle=received["ReceiptHandle"],
        receive_count=int(received["Attributes"]["ApproximateReceiveCount"]),
        sent_at=datetime.fromtimestamp(int(received["Attributes"]["SentTimestamp"]) / 1000, UTC),
        delivery_id=parse_body(received["Body"]),
    )


def reaper(setup: Setup, stop: Event) -> None:
    """Run the reaper at its interval."""
    context = Context(setup)
    settings = ReaperSettings.load(os.environ)
    database = context.database(settings, setup)
    function = Reaper(settings, database, WatchedDispatcher(settings, database, seams=context.seams))
    while not stop.wait(settings.reaper_interval_seconds):
        began = REAL_TIME()
        function.run(time.monotonic() + settings.function_timeout_seconds)
        context.journal.write("ran", began, REAL_TIME())


def producer(setup: Setup, stop: Event) -> None:
    """Record notifications: all severities, digests, many people at once, repeats. Retract some and read some."""
    context = Context(setup)
    settings = CreateSettings.load(os.environ)
    database = context.database(settings, setup)
    dispatcher = WatchedDispatcher(settings, database, seams=context.seams)
    dice, recent = context.dice, list[tuple[str, str]]()
    number = 0
    while not stop.is_set():
        number += 1
        people = [f"person-{dice.randrange(setup.people)}" for _ in range(dice.choice([1, 1, 1, 5, 20]))]
        kind = dice.random()
        severity = "critical" if kind < 0.8 or not setup.digests else "warning" if kind < 0.95 else "info"
        new = NewNotification.model_validate(
            {
                "event_name": dice.choice(["invoice.payment_failed", "sync.broken", "job.failed"]),
                "title": f"Number {number}",
                "severity": severity,
                "resource_id": f"{os.getpid()}-{number}",
                "user_ids": people,
            }
        )
        for _ in range(dice.choice([1, 1, 1, 2])):  # some producers repeat the request
            for user_id, identifier in _create(context, database, settings, dispatcher, new):
                context.journal.write("created", identifier, user_id)
                if (user_id, identifier) not in recent:  # each at most once: a retracted one cannot be marked as read
                    recent.append((user_id, identifier))
        if len(recent) > 20:
            _read_or_retract(database, dice, *recent.pop(dice.randrange(len(recent))))
            del recent[:-20]


def _create(
    context: Context, database: WatchedDatabase, settings: CreateSettings, dispatcher: WatchedDispatcher, new: Any
) -> list[tuple[str, str]]:
    """Repeat the request until it is answered, which its idempotency key allows. Return recipients and ids."""
    while True:
        try:
            created = record.create(database, settings, PRODUCER, new, None)
        except Unavailable:
            context.journal.write("unavailable")
            time.sleep(0.2)
            continue
        dispatcher.dispatch(created.dispatch)
        answer: Any = created.answer
        return [(each.user_id, str(each.id)) for each in answer.notifications]


def _read_or_retract(database: WatchedDatabase, dice: random.Random, user_id: str, identifier: str) -> None:
    """Mark a tenth of the notifications as read, and retract a tenth, before or after they are sent."""
    number = dice.random()
    try:
        if number < 0.1:
            feed.mark(database, user_id, identifier, read=True)  # pyright: ignore[reportArgumentType]
        elif number < 0.2:
            retract.by_id(database, PRODUCER, identifier)  # pyright: ignore[reportArgumentType]
    except NotFound:
        raise
    except CarillonError:
        pass  # the database does not answer; a producer may give up
