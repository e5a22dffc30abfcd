"""The arguments of the operator's actions: one model for each action.

A model refuses every field that it does not know. A misspelt limit must never become a command without a limit.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from carillon.models.address import EmailAddress
from carillon.models.channel import Channel
from carillon.models.fields import EventName
from carillon.models.user_id import StoredUserId

MAX_PAUSE_MINUTES = 60 * 24 * 366
SMOKE_USER = "carillon-smoke"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _in_range(value: datetime) -> datetime:
    try:
        return max(value.astimezone(UTC), _EPOCH)
    except OverflowError:  # within a day of the years 1 and 9999
        raise ValueError("must be a time between the years 1 and 9999 in UTC") from None


# A range of ids begins at a moment, and ids begin in 1970.
When = Annotated[AwareDatetime, AfterValidator(_in_range)]
OperatorName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
ErrorCode = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[a-z0-9_]+$")]
Creator = Annotated[str, StringConstraints(max_length=300, pattern=r"^(producer|user):[^\x00-\x1f]+$")]
Reason = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f]*$")]


class Request(BaseModel):
    """The event of functions/operator. IAM decides who may send one; `operator` is only the name for the log."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, defer_build=True)

    action: str
    operator: OperatorName
    arguments: dict[str, Any] = {}


class Arguments(BaseModel):
    """The base of all arguments."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, defer_build=True)


class NoArguments(Arguments):
    """`stats`, `pauses`, `reputation`, `keys`, `rotate_key` and `diagnose`."""


class PersonArguments(Arguments):
    """`unsuppress` and `erase`."""

    user_id: StoredUserId


class UserArguments(PersonArguments):
    """`user`: with a page of the person's notifications, the newest first. `after` continues after a page."""

    event: EventName | None = Field(default=None, description="An event's name, or the words it begins with.")
    since: When | None = None
    until: When | None = None
    after: UUID | None = None
    limit: int = Field(default=20, ge=1, le=100)


class FindArguments(Arguments):
    """`find`: the people of an email address."""

    address: EmailAddress


class TraceArguments(Arguments):
    """`trace`."""

    notification_id: UUID


class Position(BaseModel):
    """The last row of a page of failed deliveries. The next page begins after it."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    finished_at: When
    delivery_id: UUID


class Choice(Arguments):
    """A choice of failed deliveries. A field that is None matches any.

    A digest matches a creator and an event if one of its notifications matches both.
    """

    code: ErrorCode | None = None
    channel: Channel | None = None
    user_id: StoredUserId | None = None
    creator: Creator | None = Field(default=None, description="The producer or user, as `producer:billing`.")
    event: EventName | None = Field(default=None, description="An event's name, or the words it begins with.")


class FailedArguments(Choice):
    """`failed`: a page of failed deliveries, the oldest first. `after` continues after a page."""

    since: When | None = None
    until: When | None = None
    ids: list[UUID] | None = Field(
        default=None, min_length=1, max_length=100, description="Of deliveries, or of notifications in them."
    )
    after: Position | None = None
    limit: int = Field(default=50, ge=1, le=500)


class RetryArguments(FailedArguments):
    """`retry`: send a message for each failed delivery of a page.

    `before` bounds the run: it ignores deliveries that fail again later. The first answer names the moment, and the
    later requests of the run repeat it.
    """

    before: When | None = None
    dry_run: bool = False
    limit: int = Field(default=200, ge=1, le=500)


# The fields that choose deliveries, as 64_failed.sql reads them.
CHOSEN = {*Choice.model_fields, "since", "until", "ids"}


class LookupArguments(Choice):
    """`lookup`: predict what a message for each delivery would do. `replay` logs that they are about to be sent."""

    delivery_ids: list[UUID] = Field(max_length=500)
    replay: bool = False


class PauseArguments(Arguments):
    """`pause`: defer the deliveries that match. None means every channel, or every event."""

    channel: Channel | None = None
    event: EventName | None = Field(default=None, description="An event's name, or the words it begins with.")
    spare_critical: bool = False
    minutes: int = Field(default=60 * 24 * 365, ge=1, le=MAX_PAUSE_MINUTES)
    reason: Reason | None = None


class ResumeArguments(Arguments):
    """`resume`: end the pauses that match. None means pauses of any channel, event or creator."""

    channel: Channel | None = None
    event: EventName | None = None
    creator: Creator | None = Field(default=None, description="The producer or user, as `producer:billing`.")
    automatic: bool = Field(default=False, description="Also end the pauses that the circuit breaker made.")


class CancelArguments(Arguments):
    """`cancel`: never send what was recorded about an event since a moment, and was not sent yet."""

    event: EventName = Field(description="An event's name, or the words it begins with.")
    since: When
    channel: Channel | None = None
    after: UUID | None = None
    dry_run: bool = False
    limit: int = Field(default=500, ge=1, le=2000)


class VerifyArguments(Arguments):
    """`verify`: check some of the rules. With no rules, the answer still names all rules that exist."""

    rules: list[str] = Field(max_length=50)
    rows: int = Field(default=20, ge=1, le=200, description="How many rows to name for each rule.")


class SmokeArguments(Arguments):
    """`smoke`: `start` records one critical notification for a recipient of its own; `end` removes both."""

    step: Literal["start", "end"]
    to: EmailAddress | None = None


class ExportArguments(Arguments):
    """`export`: a page of all that is stored about a person."""

    user_id: StoredUserId
    after: UUID | None = None
    limit: int = Field(default=100, ge=1, le=100)


class LogArguments(Arguments):
    """`log`: the last entries of the operators' log, the newest first."""

    limit: int = Field(default=50, ge=1, le=500)


class RetireKeyArguments(Arguments):
    """`retire_key`: the key whose links stop working."""

    key_id: UUID
