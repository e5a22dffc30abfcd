"""What an operator may ask for: one model for the arguments of each action.

Everything is refused that is not known: a misspelt limit must not become an act without one.
"""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from carillon.models.delivery import Channel
from carillon.models.fields import EventName, UserId
from carillon.models.recipient import EmailAddress

MAX_PAUSE_MINUTES = 60 * 24 * 366
SMOKE_USER = "carillon-smoke"

OperatorName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
ErrorCode = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Creator = Annotated[str, StringConstraints(max_length=300, pattern=r"^(producer|user):[^\x00-\x1f]+$")]
Reason = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f]*$")]


class Request(BaseModel):
    """The event of functions/operator: what is asked, by whom. The door is IAM; the name is for the log."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    action: str
    operator: OperatorName
    arguments: dict[str, Any] = {}


class Arguments(BaseModel):
    """The base of all arguments."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Nothing(Arguments):
    """`stats`, `pauses`, `reputation`, `keys` and `rotate_key`: there is nothing to choose."""


class AboutPerson(Arguments):
    """`user`, `unsuppress` and `erase`."""

    user_id: UserId


class AboutNotification(Arguments):
    """`trace`."""

    notification_id: UUID


class Position(BaseModel):
    """Where a page of failed deliveries ended: the next one begins after it."""

    model_config = ConfigDict(extra="forbid")

    finished_at: AwareDatetime
    delivery_id: UUID


class AboutFailed(Arguments):
    """`failed`: failed deliveries, the oldest first. `code` and `since` choose, `after` goes on after a page."""

    code: ErrorCode | None = None
    since: AwareDatetime | None = None
    after: Position | None = None
    limit: int = Field(default=50, ge=1, le=500)


class Retry(AboutFailed):
    """`retry`: a message for each failed delivery of a page.

    `before` ends the run: what fails again meanwhile is not its business. The first answer names it, and the later
    requests of a run repeat it.
    """

    before: AwareDatetime | None = None
    dry_run: bool = False
    limit: int = Field(default=200, ge=1, le=500)


class Lookup(Arguments):
    """`lookup`: what a message for each of these would do. With `replay` it is about to be sent: that is logged."""

    delivery_ids: list[UUID] = Field(max_length=500)
    code: ErrorCode | None = None
    replay: bool = False


class Pause(Arguments):
    """`pause`: nothing leaves that matches. None: every channel, every event."""

    channel: Channel | None = None
    event: EventName | None = Field(default=None, description="An event's name, or the words it begins with.")
    spare_critical: bool = False
    minutes: int = Field(default=60 * 24 * 365, ge=1, le=MAX_PAUSE_MINUTES)
    reason: Reason | None = None


class Resume(Arguments):
    """`resume`: ends pauses. None: whatever the channel, whatever the event."""

    channel: Channel | None = None
    event: EventName | None = None
    creator: Creator | None = Field(default=None, description="Who recorded it, as `producer:billing`.")
    automatic: bool = Field(default=False, description="Those too that the service made itself in an outage.")


class Cancel(Arguments):
    """`cancel`: what was recorded about an event since a moment, and has not left yet, never leaves."""

    event: EventName = Field(description="An event's name, or the words it begins with.")
    since: AwareDatetime
    channel: Channel | None = None
    after: UUID | None = None
    dry_run: bool = False
    limit: int = Field(default=500, ge=1, le=2000)


class Verify(Arguments):
    """`verify`: some of the rules, one by one where time is short. None of them: the answer names all there are."""

    rules: list[str] = Field(max_length=50)
    rows: int = Field(default=20, ge=1, le=200, description="How many rows to name of each rule.")


class Smoke(Arguments):
    """`smoke`: `start` records one critical notification for a recipient of its own, `end` removes both."""

    step: Literal["start", "end"]
    to: EmailAddress | None = None


class Export(Arguments):
    """`export`: all that is stored about a person, a page of notifications at a time."""

    user_id: UserId
    after: UUID | None = None
    limit: int = Field(default=100, ge=1, le=100)


class Log(Arguments):
    """`log`: the last acts, the newest first."""

    limit: int = Field(default=50, ge=1, le=500)


class AboutKey(Arguments):
    """`retire_key`: which key's links end."""

    key_id: UUID
