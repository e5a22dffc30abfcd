"""The answers about deliveries, pauses, keys and the operators' log. None holds a title, a body, data or an address.

The command line validates the function's answers with the same models. A new field must have a default, so that the
command also reads the answer of the release before.
"""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from carillon.models.channel import Channel
from carillon.models.moments import Moment
from carillon.models.severity import Severity
from carillon.models.story import Answers, DeliveryStatus
from carillon.operations.arguments import Position
from carillon.operations.base import OperatorModel


class StoredPause(OperatorModel):
    """One pause. None means every channel, or every event."""

    id: int
    channel: Channel | None
    event: str | None
    creator: str | None = Field(default=None, description="The pause matches only what this creator recorded.")
    until: Moment
    spare_critical: bool
    automatic: bool = Field(description="The circuit breaker made it in an outage of the provider.")
    reason: str | None
    created_at: Moment
    created_by: str


class PausesAnswer(OperatorModel):
    """The pauses in force (`pauses`), the new pause (`pause`), or the ended pauses (`resume`)."""

    pauses: list[StoredPause]


class FailureGroup(OperatorModel):
    """The failed deliveries of one channel that failed for the same reason."""

    channel: Channel
    code: str | None
    permanent: bool = Field(description="The provider refused for good: the dead-letter queue gets no message.")
    count: int
    oldest: Moment
    newest: Moment


class SendRate(OperatorModel):
    """The send rate of a channel where more is due than its provider accepts."""

    channel: Channel
    per_second: float = Field(description="Messages a second that the provider accepts.")
    waiting: int = Field(description="Deliveries that are deferred, approximately.")


class StatsAnswer(OperatorModel):
    """The numbers of deliveries by state."""

    asked_at: Moment
    pending: int
    due: int
    oldest_due_seconds: float
    sending: int
    failed: int
    failed_by_code: list[FailureGroup]
    sent_last_hour: int
    within_10_seconds: int = Field(description="Of `sent_last_hour`: sent at most ten seconds after it was first due.")
    percent_within_10_seconds: float | None
    paces: list[SendRate]


class FailedDelivery(OperatorModel):
    """One failed delivery, and what a message for it would do now."""

    delivery_id: UUID
    user_id: str
    channel: Channel
    code: str | None
    permanent: bool
    attempts: int
    finished_at: Moment
    items: int
    last_error: str | None = Field(default=None, description="The provider's message, without personal data.")
    would_skip: str | None = Field(description="The reason why nothing would be sent; null: it would be sent.")


class FailedAnswer(OperatorModel):
    """A page of failed deliveries, the oldest first. The first page also groups all of them by reason."""

    by_code: list[FailureGroup]
    failed: list[FailedDelivery]
    next: Position | None


class NamedDelivery(OperatorModel):
    """A delivery that an id of the request names. None: nothing has this id."""

    id: UUID
    delivery_id: UUID | None
    channel: Channel | None
    status: DeliveryStatus | None


class RetryAnswer(OperatorModel):
    """A page of a retry: how many messages send, how many skip by reason, and where the next page begins."""

    found: int
    sends: int
    skips: dict[str, int]
    refused: int = Field(description="Messages that SQS did not accept: the next run finds their deliveries again.")
    before: Moment
    named: list[NamedDelivery] = Field(default=[], description="On the first page: the deliveries of the given ids.")
    next: Position | None


class Outlook(OperatorModel):
    """The effect of a message for a delivery now: send it, skip it for `reason`, or nothing because of its state."""

    delivery_id: UUID
    status: DeliveryStatus | None
    code: str | None
    permanent: bool
    does: Literal["send", "skip", "nothing"]
    reason: str | None
    chosen: bool = Field(default=True, description="It matches what the request chooses.")


class LookupAnswer(OperatorModel):
    """One outlook for each delivery of the request."""

    deliveries: list[Outlook]


class CancelAnswer(OperatorModel):
    """A page of a cancellation: cancelled items, deliveries without any other item, and where the next page begins."""

    items: int
    deliveries: int
    next: UUID | None


class TimelineEvent(OperatorModel):
    """One event of a notification's timeline."""

    at: Moment
    what: str
    channel: Channel | None = None
    detail: str | None = None
    to_come: bool = Field(default=False, description="It has not happened yet.")


class TraceAnswer(OperatorModel):
    """A notification with its timeline, the oldest event first."""

    notification_id: UUID
    user_id: str
    event_name: str
    severity: Severity
    created_by: str
    channels: Answers
    time_line: list[TimelineEvent]


class Breach(OperatorModel):
    """One row that breaks a rule. `detail` holds states, codes and numbers, and never content of a notification."""

    rule: str
    notification_id: UUID | None
    delivery_id: UUID | None
    detail: str


class Verification(OperatorModel):
    """The number of rows that break each checked rule (0: none), and the first rows of each."""

    broken: dict[str, int]
    breaches: list[Breach]
    warnings: list[Breach]

    @property
    def clean(self) -> bool:
        """True if no rule is broken. A warning breaks no rule."""
        return not self.breaches


class VerifyAnswer(Verification):
    """The result of the checked rules, and every rule that exists with its text."""

    rules: dict[str, str]


class LogEntry(OperatorModel):
    """A line of the operators' log."""

    at: Moment
    operator: str
    action: str
    arguments: dict[str, Any]
    affected: int


class LogAnswer(OperatorModel):
    """The last entries of the operators' log, the newest first."""

    acts: list[LogEntry]


class Key(OperatorModel):
    """A key that signs the links in email. Its secret stays in the database."""

    id: UUID
    created_at: Moment
    signs: bool = Field(description="The newest key signs; the older ones verify the links that they signed.")


class KeysAnswer(OperatorModel):
    """All keys, the newest first."""

    keys: list[Key]
