"""What comes back: one batch of provider events becomes delivery states, suppressions and reputations.

Read from the words of the provider (parse.py), recorded in one statement
(database/schema/functions/70_provider_events.sql). Reported back to SQS is only what cannot be understood, so that the
dead-letter queue shows it, and what nobody could record yet.
"""

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
from carillon.feedback.parse import NotAnEvent, read
from carillon.models.provider_event import Ignored, ProviderEvent
from carillon.settings import ProviderEventsSettings

logger = Logger(child=True)

# A push's events know only the provider's id, which its row has once its worker has finished: within half a minute of
# the send. Looked for this often, twice as long apart each time; then its row never heard of that message.
LOOKS = 4
LOOK_AGAIN_SECONDS = 20


@dataclass(frozen=True, slots=True)
class EventMessage:
    """One message of the events' queue."""

    message_id: str
    receipt_handle: str
    receive_count: int
    body: str


class RecordedEvent(BaseModel):
    """What became of one event, and what its delivery says now. `not_found`: there is no such delivery, or not yet."""

    position: int
    state: Literal["recorded", "repeated", "not_found"]
    delivery_id: UUID | None
    status: str | None
    provider_status: str | None


class Suspect(BaseModel):
    """A producer whose email came back too often within a day. `pause`: what is not critical of it waits for a day."""

    creator: str
    accepted: int
    bounced: int
    complained: int
    level: Literal["warn", "pause"]
    reason: Literal["bounce_rate", "complaint_rate"]


class Recorded(BaseModel):
    """The answer to a batch."""

    events: list[RecordedEvent]
    creators: list[Suspect]


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of a batch: the ids of the messages to report, and how often each thing happened."""

    reported: list[str] = field(default_factory=list[str])
    counts: Counter[str] = field(default_factory=Counter[str])


def record(database: Database, settings: ProviderEventsSettings, events: Sequence[ProviderEvent]) -> Recorded:
    """Record a batch, in one statement. In any order and however often, it ends in the same state.

    Raises:
        Unavailable: the database does not answer; repeating is safe.
        StatementFailed: it refused the batch.
    """
    row = database.rows(
        "feedback/record",
        {
            "events": Jsonb([event.for_sql(position) for position, event in enumerate(events)]),
            "limits": Jsonb(settings.limits_for_sql()),
        },
    )[0]
    return Recorded.model_validate(row["told"])


def prune_reputations(database: Database, batch: int) -> int:
    """Delete hours that no look at a day counts any more, at most `batch`; how many went."""
    return len(database.rows("feedback/prune_reputations", {"batch": batch}))


class ProviderEvents:
    """Works off batches. One for a container: it keeps the connections."""

    def __init__(self, settings: ProviderEventsSettings, database: Database, sqs: Any | None = None) -> None:
        self._settings = settings
        self._database = database
        self._visibility = VisibilityTimeouts(settings.queue_url, sqs)

    def work(self, messages: Sequence[EventMessage]) -> Heard:
        """Work off a batch."""
        heard = Heard()
        understood: list[tuple[EventMessage, ProviderEvent]] = []
        again: list[tuple[EventMessage, int]] = []
        for message in messages:
            try:
                event = read(message.body, self._settings.topic_arn)
            except NotAnEvent as error:
                logger.error("not_an_event", extra={"message_id": message.message_id, "why": str(error)})
                heard.counts["not_an_event"] += 1
                again.append((message, 0))  # the redrive policy counts receives, and moves it after the last
                continue
            if isinstance(event, Ignored):
                logger.info("event_ignored", extra={"message_id": message.message_id, "why": event.why})
                heard.counts["event_ignored"] += 1
            else:
                understood.append((message, event))
        again += self._record(understood, heard)
        self._visibility.set(again)
        heard.reported.extend(message.message_id for message, _ in again)
        return heard

    def _record(
        self, understood: Sequence[tuple[EventMessage, ProviderEvent]], heard: Heard
    ) -> list[tuple[EventMessage, int]]:
        """Record what was understood; return what is to come again, and in how many seconds."""
        if not understood:
            return []
        try:
            told = record(self._database, self._settings, [event for _, event in understood])
        except Unavailable as error:
            logger.error("events_not_recorded", extra={"count": len(understood), "error": error.code})
            heard.counts["event_not_recorded"] += len(understood)
            return [(message, outage_seconds(message)) for message, _ in understood]
        except StatementFailed as error:
            if len(understood) > 1:  # one of them is at fault: the others must not go with it
                return [again for each in understood for again in self._record([each], heard)]
            [(message, event)] = understood
            logger.error("event_refused", extra={"kind": event.kind, "error": error.message})
            heard.counts["event_refused"] += 1
            return [(message, 0)]
        for suspect in told.creators:
            logger.warning(f"reputation_{suspect.level}", extra=suspect.model_dump(exclude={"level"}))
            heard.counts[f"reputation_{suspect.level}"] += 1
        again: list[tuple[EventMessage, int]] = []
        for each in told.events:
            message, event = understood[each.position]
            awaited = each.state == "not_found" and event.channel == "push" and message.receive_count < LOOKS
            if awaited:
                again.append((message, LOOK_AGAIN_SECONDS * 2 ** (message.receive_count - 1)))
            self._tell(event, each, heard, awaited=awaited)
        return again

    @staticmethod
    def _tell(event: ProviderEvent, each: RecordedEvent, heard: Heard, *, awaited: bool) -> None:
        """One line per change of state: ids and codes only."""
        state = "awaited" if awaited else each.state
        heard.counts[f"{event.channel}_event_{event.kind}" if state == "recorded" else f"event_{state}"] += 1
        ids = {"delivery_id": str(each.delivery_id) if each.delivery_id else None, "claim_no": event.claim_no}
        said = {"channel": event.channel, "kind": event.kind, "provider_status": each.provider_status}
        logger.info(
            f"event_{state}",
            extra={name: value for name, value in (ids | said | {"status": each.status}).items() if value is not None},
        )
