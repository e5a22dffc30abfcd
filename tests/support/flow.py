"""Sending without AWS: a real worker and reaper on a real database, a scripted provider and a recording queue.

A test checks what the table of outcomes names (docs/architecture.md#outcomes): the row, the message, and the
deliveries that are dispatched again.
"""

import itertools
import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import DictRow, dict_row

from carillon.channels import Sender
from carillon.database.connection import Database
from carillon.deliveries.batch import BatchResult, Message
from carillon.deliveries.dispatch import Dispatcher
from carillon.deliveries.worker import Worker
from carillon.identity import Identity
from carillon.models.channel import Channel
from carillon.models.delivery import ClaimedDelivery, Outcome, OutcomeKind
from carillon.models.new_notification import NewNotification
from carillon.notifications import record
from carillon.reaper import Reaper
from carillon.settings import CreateSettings, DeliverSettings, ReaperSettings
from tests.support.environment import as_superuser

PRODUCER = Identity(subject="billing", producer="billing")
QUEUE_URL = "https://sqs.eu-central-1.amazonaws.com/123456789012/carillon-deliveries"


class QueueDown(Exception):
    """SQS does not answer."""


@dataclass
class NotedQueue:
    """A queue that records the requests to SQS: messages with their delays, and visibility timeouts."""

    sent: list[tuple[UUID, int]] = field(default_factory=list[tuple[UUID, int]])
    bodies: list[str] = field(default_factory=list[str])
    visibility: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    waiting: int = 0  # ApproximateNumberOfMessages
    down: bool = False
    refused: set[UUID] = field(default_factory=set[UUID])

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self._answer(QueueUrl)
        assert 1 <= len(Entries) <= 10
        reply: dict[str, Any] = {"Successful": [], "Failed": []}
        for entry in Entries:
            assert 0 <= entry["DelaySeconds"] <= 900
            delivery_id = UUID(json.loads(entry["MessageBody"])["delivery_id"])
            if delivery_id in self.refused:
                reply["Failed"].append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
                continue
            self.sent.append((delivery_id, entry["DelaySeconds"]))
            self.bodies.append(entry["MessageBody"])
            reply["Successful"].append({"Id": entry["Id"]})
        return reply

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self._answer(QueueUrl)
        assert 1 <= len(Entries) <= 10
        self.visibility += [(entry["ReceiptHandle"], entry["VisibilityTimeout"]) for entry in Entries]
        return {"Successful": [], "Failed": []}

    def get_queue_attributes(self, *, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:  # noqa: N803
        self._answer(QueueUrl)
        assert AttributeNames == ["ApproximateNumberOfMessages"]
        return {"Attributes": {"ApproximateNumberOfMessages": str(self.waiting)}}

    def close(self) -> None:
        """Do nothing: there are no connections."""

    def _answer(self, queue_url: str) -> None:
        assert queue_url == QUEUE_URL
        if self.down:
            raise QueueDown


@dataclass
class ScriptedProvider:
    """A channel that answers with the outcomes of `script`, and with `sent` after them."""

    script: dict[UUID, list[Outcome]] = field(default_factory=dict[UUID, list[Outcome]])
    calls: list[ClaimedDelivery] = field(default_factory=list[ClaimedDelivery])
    during: Callable[[ClaimedDelivery], None] = lambda _: None  # runs while the request is under way

    def send(self, delivery: ClaimedDelivery) -> Outcome:
        self.calls.append(delivery)
        self.during(delivery)
        answers = self.script.get(delivery.delivery_id)
        if answers:
            return answers.pop(0)
        return Outcome(OutcomeKind.SENT, provider_message_ids=(f"message-{delivery.claim_no}",))


class Flow:
    """A database with a worker and a reaper. Time passes when a test makes the rows older."""

    def __init__(self, database_url: str, stack: ExitStack, *, a_minute: int = 1000) -> None:
        self.database_url = database_url
        self.stack = stack
        self.db = stack.enter_context(self.connection())
        self.sqs = NotedQueue()
        self.provider = ScriptedProvider()
        self.senders: dict[Channel, Sender] = {"email": self.provider, "push": self.provider}
        self._numbers = itertools.count(1)
        environment = {
            "DATABASE_URL": database_url,
            "QUEUE_URL": QUEUE_URL,
            "EMAIL_FROM": "no-reply@example.com",
            "DEFAULT_EMAIL": "off",
            "PATIENCE_SECONDS": "0",
            "FCM_APPLICATION_ARN": "arn:aws:sns:eu-central-1:123456789012:app/GCM/app",
            "CONNECT_TIMEOUT_SECONDS": "2",
            # Most tests need many single deliveries for one person.
            "EMAIL_PER_MINUTE": str(a_minute),
            "PUSH_PER_MINUTE": str(a_minute),
        }
        self.settings = DeliverSettings.load(environment)
        self.reaper_settings = ReaperSettings.load(environment)
        self.create_settings = CreateSettings.load(environment)
        self.worker = self.new_worker()

    def connection(self) -> psycopg.Connection[DictRow]:
        url = as_superuser(self.database_url)
        return psycopg.Connection[DictRow].connect(url, autocommit=True, row_factory=dict_row)

    def database(self) -> Database:
        """Open another connection, as another container does."""
        database = Database(self.settings)
        self.stack.callback(database.close)
        return database

    def new_worker(self) -> Worker:
        database = self.database()
        dispatcher = Dispatcher(self.settings, database, self.sqs)
        return Worker(self.settings, database, dispatcher, self.senders, self.sqs)

    def reaper(self, **settings: Any) -> Reaper:
        chosen = self.reaper_settings.model_copy(update=settings)
        database = self.database()
        return Reaper(chosen, database, Dispatcher(chosen, database, self.sqs), self.sqs)

    def reap(self, **settings: Any) -> dict[str, float]:
        return self.reaper(**settings).run(time.monotonic() + 10)

    def person(self, user_id: str = "alice", *, email: bool = True, devices: int = 0) -> None:
        """Store a person with an address and devices, and with the channels switched on."""
        self.db.execute(
            """
            INSERT INTO recipients (user_id, email, updated_at)
            VALUES (%(id)s, %(address)s, now()) ON CONFLICT DO NOTHING
            """,
            {"id": user_id, "address": f"{user_id}@example.com"},
        )
        self.db.execute(
            """
            INSERT INTO preferences (user_id, channels, updated_at)
            VALUES (%(id)s, jsonb_build_object('email', %(email)s::boolean, 'push', %(push)s::boolean), now())
            ON CONFLICT DO NOTHING
            """,
            {"id": user_id, "email": email, "push": devices > 0},
        )
        for number in range(devices):
            self.db.execute(
                """
                INSERT INTO devices (id, user_id, platform, token, endpoint_arn, created_at, updated_at)
                VALUES (gen_random_uuid(), %(id)s, 'fcm', %(token)s, %(arn)s, now(), now())
                """,
                {
                    "id": user_id,
                    "token": f"token-{user_id}-{number}",
                    "arn": f"arn:aws:sns:eu-central-1:123456789012:endpoint/GCM/app/{user_id}-{number}",
                },
            )

    def create(self, *user_ids: str, database: Database | None = None, **content: Any) -> list[UUID]:
        """Record a critical notification for each person, or for alice, and return the ids of the deliveries."""
        new = NewNotification.model_validate(
            {"event_name": "invoice.payment_failed", "title": "Payment failed", "severity": "critical"}
            | {"user_ids": list(user_ids or ("alice",))}
            | content
        )
        created = record.create(database or self.worker._database, self.create_settings, PRODUCER, new, None)
        return [each.delivery_id for each in created.dispatch]

    def one(self, channel: Literal["email", "push"] = "email", **content: Any) -> UUID:
        """Create one delivery for alice, who is reachable on that channel only."""
        self.person("alice", email=channel == "email", devices=2 if channel == "push" else 0)
        [delivery_id] = self.create(**content)
        return delivery_id

    def message(self, delivery_id: UUID | None, sent_at: datetime | None = None, receive_count: int = 1) -> Message:
        number = next(self._numbers)
        return Message(f"id-{number}", f"handle-{number}", receive_count, sent_at or datetime.now(UTC), delivery_id)

    def work(self, *messages: Message | UUID, seconds: float = 30, worker: Worker | None = None) -> BatchResult:
        """Let a worker process messages. A delivery id stands for a message that was sent now."""
        batch = [each if isinstance(each, Message) else self.message(each) for each in messages]
        return (worker or self.worker).work(batch, time.monotonic() + seconds)

    def row(self, delivery_id: UUID) -> dict[str, Any]:
        row = self.db.execute("SELECT * FROM deliveries WHERE id = %s", [delivery_id]).fetchone()
        assert row is not None
        return row

    def rows(self) -> list[dict[str, Any]]:
        return self.db.execute("SELECT * FROM deliveries ORDER BY id").fetchall()

    def events(self, delivery_id: UUID) -> list[str]:
        """Return the names of the events in the delivery history, oldest first."""
        return [entry["event"] for entry in self.row(delivery_id)["history"]]

    def pass_time(self, seconds: float) -> None:
        """Make all deliveries, pauses and send rates older, as if so many seconds had passed."""
        self.db.execute(
            """
            UPDATE deliveries
            SET available_at = available_at - %(by)s, dispatched_at = dispatched_at - %(by)s,
                locked_at = locked_at - %(by)s, finished_at = finished_at - %(by)s
            """,
            {"by": timedelta(seconds=seconds)},
        )
        by = {"by": timedelta(seconds=seconds)}
        self.db.execute("UPDATE pauses SET until = until - %(by)s", by)
        self.db.execute("UPDATE send_rates SET filled_at = filled_at - %(by)s, busy_at = busy_at - %(by)s", by)

    def set(self, delivery_id: UUID, assignments: str) -> None:
        """Put a row into a state: `set(id, "attempts = 4")`."""
        self.db.execute(f"UPDATE deliveries SET {assignments} WHERE id = %s".encode(), [delivery_id])

    def erase(self, user_id: str, database: Database | None = None) -> None:
        """Delete all that is stored about a person."""
        erasure = {"user_id": user_id, "receipt": uuid4(), "person": "sha256:0", "requester": "tests"}
        (database or self.worker._database).rows("people/erase", erasure)


def failing(kind: OutcomeKind, code: str = "some_reason", **fields: Any) -> Outcome:
    """Return an outcome as a channel returns it."""
    return Outcome(kind, code, "What the provider said.", **fields)
