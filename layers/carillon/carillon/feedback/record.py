"""The recording of feedback: a batch of provider events changes delivery states, suppressions and reputations.

The parser (parse.py) reads each event, and one statement records the batch
(database/schema/functions/70_provider_events.sql). A message is reported to SQS as failed in two cases only. If it
claims to be an event of ours and cannot be read, it must reach the dead-letter queue. If the event could not be
recorded yet, SQS delivers the message again.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from aws_lambda_powertools import Logger
from psycopg.types.json import Jsonb
from pydantic import BaseModel

from carillon.aws.queue import VisibilityTimeouts, outage_seconds
from carillon.database.connection import Database
from carillon.errors import StatementFailed, Unavailable
from carillon.feedback.parse import NotAnEvent, parse_event
from carillon.models.provider_event import Ignored, ProviderEvent
from carillon.settings import ProviderEventsSettings

logger = Logger(child=True)

# An event of a push names only the provider's message id. The delivery's row gets that id when its worker finishes,
# within 30 seconds of the send. So Carillon looks for the row four times: at once, then 20, 40 and 80 seconds later.
MAX_LOOKUPS = 4
LOOKUP_DELAY_SECONDS = 20


@dataclass(frozen=True, slots=True)
class EventMessage:
    """One message of the queue of provider events."""

    message_id: str
    receipt_handle: str
    receive_count: int
    body: str


class RecordedEvent(BaseModel):
    """The result of one event, and the state of its delivery now.

    With `not_found`, the delivery does not exist, or its row does not have the message id yet.
    """

    position: int
    state: Literal["recorded", "repeated", "not_found"]
    delivery_id: UUID | None
    status: str | None
    provider_status: str | None


class BadReputation(BaseModel):
    """A creator with too many bounces or complaints within a day.

    With the level `pause`, its email that is not critical is deferred for a day.
    """

    creator: str
    accepted: int
    bounced: int
    complained: int
    level: Literal["warn", "pause"]
    reason: Literal["bounce_rate", "complaint_rate"]


class RecordedBatch(BaseModel):
    """The database's answer to a batch."""

    events: list[RecordedEvent]
    creators: list[BadReputation]


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The result of a batch: the ids of the messages to report as failed, and the counts by name of the metric."""

    reported: list[str] = field(default_factory=list[str])
    counts: Counter[str] = field(default_factory=Counter[str])


def record(database: Database, settings: ProviderEventsSettings, events: Sequence[ProviderEvent]) -> RecordedBatch:
    """Record a batch in one statement.

    Events may come in any order, and more than once: the final state is the same.

    Raises:
        Unavailable: the database does not answer; repeating is safe.
        StatementFailed: the database refused the batch.
    """
    [row] = database.rows_until(
        time.monotonic() + settings.patience_seconds,
        "feedback/record",
        {
            "events": Jsonb([event.for_sql(position) for position, event in enumerate(events)]),
            "limits": Jsonb(settings.limits_for_sql()),
        },
    )
    return RecordedBatch.model_validate(row["told"])


def prune_reputations(database: Database, batch: int) -> int:
    """Delete hourly counts that no reputation uses any more, at most `batch` rows; return how many."""
    return len(database.rows("feedback/prune_reputations", {"batch": batch}))


class FeedbackWorker:
    """Processes batches of provider events. A container makes one, and keeps its connections."""

    def __init__(self, settings: ProviderEventsSettings, database: Database, sqs: Any | None = None) -> None:
        self._settings = settings
        self._database = database
        self._visibility = VisibilityTimeouts(settings.queue_url, sqs)

    def process(self, messages: Sequence[EventMessage]) -> BatchResult:
        """Process a batch and return its result."""
        result = BatchResult()
        parsed: list[tuple[EventMessage, ProviderEvent]] = []
        retries: list[tuple[EventMessage, int]] = []
        for message in messages:
            try:
                event = parse_event(message.body, self._settings.topic_arn)
            except NotAnEvent as error:
                logger.error("not_an_event", extra={"message_id": message.message_id, "why": str(error)})
                result.counts["not_an_event"] += 1
                retries.append((message, 0))  # after five receives, the redrive policy moves it
                continue
            if isinstance(event, Ignored):
                logger.info("event_ignored", extra={"message_id": message.message_id, "why": event.why})
                result.counts["event_ignored"] += 1
            else:
                parsed.append((message, event))
        retries += self._record(parsed, result)
        self._visibility.set(retries)
        result.reported.extend(message.message_id for message, _ in retries)
        return result

    def _record(
        self, parsed: Sequence[tuple[EventMessage, ProviderEvent]], result: BatchResult
    ) -> list[tuple[EventMessage, int]]:
        """Record the parsed events; return the messages to retry, each with its delay in seconds."""
        if not parsed:
            return []
        try:
            answer = record(self._database, self._settings, [event for _, event in parsed])
        except Unavailable as error:
            logger.error("events_not_recorded", extra={"count": len(parsed), "error": error.code})
            result.counts["event_not_recorded"] += len(parsed)
            return [(message, outage_seconds(message)) for message, _ in parsed]
        except StatementFailed as error:
            if len(parsed) > 1:  # record each event alone, so that the one at fault does not stop the others
                return [retry for each in parsed for retry in self._record([each], result)]
            [(message, event)] = parsed
            logger.error("event_refused", extra={"kind": event.kind, "error": error.message})
            result.counts["event_refused"] += 1
            return [(message, 0)]
        for creator in answer.creators:
            logger.warning(f"reputation_{creator.level}", extra=creator.model_dump(exclude={"level"}))
            result.counts[f"reputation_{creator.level}"] += 1
        retries: list[tuple[EventMessage, int]] = []
        for recorded in answer.events:
            message, event = parsed[recorded.position]
            awaited = recorded.state == "not_found" and event.channel == "push" and message.receive_count < MAX_LOOKUPS
            if awaited:
                retries.append((message, LOOKUP_DELAY_SECONDS * 2 ** (message.receive_count - 1)))
            if event.fault and recorded.state != "repeated":
                logger.error("push_credentials_refused", extra={"code": event.fault})
                result.counts["push_credentials_refused"] += 1
            self._log(event, recorded, result, awaited=awaited)
        return retries

    @staticmethod
    def _log(event: ProviderEvent, recorded: RecordedEvent, result: BatchResult, *, awaited: bool) -> None:
        """Count and log one event, with ids and codes only."""
        state = "awaited" if awaited else recorded.state
        result.counts[f"{event.channel}_event_{event.kind}" if state == "recorded" else f"event_{state}"] += 1
        extra = {
            "delivery_id": str(recorded.delivery_id) if recorded.delivery_id else None,
            "claim_no": event.claim_no,
            "channel": event.channel,
            "kind": event.kind,
            "provider_status": recorded.provider_status,
            "status": recorded.status,
        }
        logger.info(f"event_{state}", extra={name: value for name, value in extra.items() if value is not None})
