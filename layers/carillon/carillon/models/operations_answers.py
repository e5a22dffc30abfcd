"""What an operator is answered. No title, body or data is among it, and an address only in `Exported`."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from carillon.models.delivery import Channel, Severity
from carillon.models.moments import Moment
from carillon.models.operations import Position
from carillon.models.preferences import Preferences
from carillon.models.story import Answers, DeliveryStatus
from carillon.models.verification import Verification


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


class LastNotification(BaseModel):
    """One notification of a person, and what became of it."""

    notification_id: UUID
    event_name: str
    severity: Severity
    created_at: Moment
    channels: Answers


class PersonAnswer(BaseModel):
    """How a person is reached, what holds for them, and their last notifications."""

    user_id: str
    known: bool = Field(description="Whether anything is stored about them.")
    email: str | None = Field(description="Masked: enough to see whether it is the right one.")
    email_status: str | None
    devices: int = Field(description="Enabled ones.")
    preferences: Preferences
    last: list[LastNotification]


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


class Smoked(BaseModel):
    """What a smoke test recorded, or None when it cleaned up."""

    notification_id: UUID | None
    user_id: str


class Exported(BaseModel):
    """A page of what is stored about a person. Everything but the notifications is in the first page alone."""

    user_id: str
    recipient: dict[str, Any] | None
    preferences: dict[str, Any] | None
    devices: list[dict[str, Any]]
    notifications: list[dict[str, Any]]
    next: UUID | None


class ProducerReputation(BaseModel):
    """What became of a producer's email within a day."""

    creator: str
    accepted: int
    bounced: int
    complained: int
    level: Literal["warn", "pause"] | None
    reason: Literal["bounce_rate", "complaint_rate"] | None = Field(description="Which rate `level` is about.")


class Reputations(BaseModel):
    """The worst first."""

    producers: list[ProducerReputation]


class Unsuppressed(BaseModel):
    """What had been said of a person's address (null: nothing), and what SES did with its own list."""

    user_id: str
    reason: Literal["bounced", "complained"] | None
    address_known: bool
    ses: Literal["removed", "not_listed", "refused", "not_asked"] = Field(
        description="`refused`: SES keeps the address on its list, and email to it will bounce again."
    )


class Erased(BaseModel):
    """Nothing is stored about them now."""

    user_id: str
    erased: Literal[True] = True


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
