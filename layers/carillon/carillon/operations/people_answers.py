"""What an operator is answered about people, and about who writes to them. An address only in `Exported`."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from carillon.models.delivery import Severity
from carillon.models.moments import Moment
from carillon.models.preferences import Preferences
from carillon.models.story import Answers


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
