"""What an operator is answered about deliveries. No title, body, data or address is among it."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from carillon.models.delivery import Channel, Severity
from carillon.models.moments import Moment
from carillon.models.story import Answers, DeliveryStatus
from carillon.operations.arguments import Position
from carillon.operations.breaches import Verification


class Pausing(BaseModel):
    """One pause in force. None: every channel, every event."""

    id: int
    channel: Channel | None
    event: str | None
    creator: str | None = Field(default=None, description="Only what this creator recorded.")
    until: Moment
    spare_critical: bool
    automatic: bool = Field(description="The service made it itself, in an outage of the provider.")
    reason: str | None
    created_at: Moment
    created_by: str


class Pauses(BaseModel):
    """Pauses: those in force, or those that were ended."""

    pauses: list[Pausing]


class FailedKind(BaseModel):
    """Failed deliveries of one channel that failed for the same reason."""

    channel: Channel
    code: str | None
    permanent: bool = Field(description="Refused for good: its messages do not come to the dead-letter queue.")
    count: int
    oldest: Moment
    newest: Moment


class Pace(BaseModel):
    """A channel where more is due than its provider takes."""

    channel: Channel
    per_second: float = Field(description="How many leave in a second, as its provider lets them.")
    waiting: int = Field(description="How many wait their turn, about.")


class Stats(BaseModel):
    """The table of deliveries at a glance."""

    asked_at: Moment
    pending: int
    due: int
    oldest_due_seconds: float
    sending: int
    failed: int
    failed_by_code: list[FailedKind]
    sent_last_hour: int
    within_10_seconds: int = Field(description="Of `sent_last_hour`: at most ten seconds after it was first due.")
    percent_within_10_seconds: float | None
    paces: list[Pace]


class Failure(BaseModel):
    """One failed delivery, and what a message for it would do now."""

    delivery_id: UUID
    user_id: str
    channel: Channel
    code: str | None
    permanent: bool
    attempts: int
    finished_at: Moment
    items: int
    would_skip: str | None = Field(description="Why nothing would be sent; null: it would be.")


class Failures(BaseModel):
    """A page of failed deliveries, the oldest first; with the first page, all of them by reason."""

    by_code: list[FailedKind]
    failed: list[Failure]
    next: Position | None


class Retried(BaseModel):
    """A page of a retry: what its messages do, by reason where nothing is sent, and where to go on."""

    found: int
    sends: int
    skips: dict[str, int]
    refused: int = Field(description="SQS did not take their messages: the next run finds them again.")
    before: Moment
    next: Position | None


class Outlook(BaseModel):
    """What a message for a delivery would do now: send it, skip it (for `reason`), or nothing, because of its state."""

    delivery_id: UUID
    status: DeliveryStatus | None
    code: str | None
    permanent: bool
    does: Literal["send", "skip", "nothing"]
    reason: str | None


class Outlooks(BaseModel):
    """One answer for each delivery that was asked for."""

    deliveries: list[Outlook]


class Cancelled(BaseModel):
    """A page of a cancellation: items that will not leave, deliveries with nothing left, and where to go on."""

    items: int
    deliveries: int
    next: UUID | None


class Event(BaseModel):
    """One entry of a time line."""

    at: Moment
    what: str
    channel: Channel | None = None
    detail: str | None = None


class Trace(BaseModel):
    """The whole story of a notification."""

    notification_id: UUID
    user_id: str
    event_name: str
    severity: Severity
    created_by: str
    channels: Answers
    time_line: list[Event]


class Verified(Verification):
    """What was found, and which rules there are, with what each demands."""

    rules: dict[str, str]


class Act(BaseModel):
    """A line of the operators' log."""

    at: Moment
    operator: str
    action: str
    arguments: dict[str, Any]
    affected: int


class Acts(BaseModel):
    """The newest first."""

    acts: list[Act]


class Key(BaseModel):
    """A key that links in email are signed with. What it is stays in the database."""

    id: UUID
    created_at: Moment
    signs: bool = Field(description="The newest signs; the others prove what they signed.")


class Keys(BaseModel):
    """The newest first."""

    keys: list[Key]
