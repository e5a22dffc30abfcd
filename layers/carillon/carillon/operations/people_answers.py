"""The answers about people and producers. Only `ExportAnswer` holds an address.

The rule of answers.py holds here too: a new field must have a default.
"""

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from carillon.models.address import ShownAddress
from carillon.models.moments import Moment
from carillon.models.person_data import Receipt
from carillon.models.preferences import Preferences
from carillon.models.severity import Severity
from carillon.models.story import Answers
from carillon.operations.base import OperatorModel


class LastNotification(OperatorModel):
    """One notification of a person, and its answer on each channel."""

    notification_id: UUID
    event_name: str
    severity: Severity
    created_at: Moment
    channels: Answers


class UserAnswer(OperatorModel):
    """A person's destinations, preferences and last notifications."""

    user_id: str
    known: bool = Field(description="Whether anything is stored about the person.")
    email: ShownAddress | None = Field(description="Masked: enough to recognise the address.")
    email_status: str | None
    devices: int = Field(description="The number of enabled devices.")
    preferences: Preferences
    last: list[LastNotification]
    next: UUID | None = Field(default=None, description="Where the next page begins; null: this is the last.")


class FindAnswer(OperatorModel):
    """The people who have an address now, and the status of the address."""

    people: list[str]
    more: bool = Field(description="More people have it than the answer names.")
    status: Literal["ok", "bounced", "complained"]


class SmokeAnswer(OperatorModel):
    """The notification that a smoke test recorded; None after the removal."""

    notification_id: UUID | None
    user_id: str


class ExportAnswer(OperatorModel):
    """A page of all that is stored about a person. Only the first page has more than notifications."""

    user_id: str
    recipient: dict[str, Any] | None
    preferences: dict[str, Any] | None
    devices: list[dict[str, Any]]
    notifications: list[dict[str, Any]]
    next: UUID | None


class ProducerReputation(OperatorModel):
    """A producer's email within a day, by result."""

    creator: str
    accepted: int
    bounced: int
    complained: int
    level: Literal["warn", "pause"] | None
    reason: Literal["bounce_rate", "complaint_rate"] | None = Field(description="The rate that `level` is about.")


class ReputationAnswer(OperatorModel):
    """All producers whose email was sent within a day, the worst first."""

    producers: list[ProducerReputation]


class UnsuppressAnswer(OperatorModel):
    """The earlier suppression of a person's address (null: none), and what SES did with its own list."""

    user_id: str
    reason: Literal["bounced", "complained"] | None
    address_known: bool
    ses: Literal["removed", "not_listed", "refused", "not_asked"] = Field(
        description="`refused`: SES keeps the address on its list, and email to it will bounce again."
    )


class EraseAnswer(OperatorModel):
    """Nothing is stored about the person any more."""

    user_id: str
    erased: Literal[True] = True
    receipt: Receipt | None = Field(default=None, description="None: the release before has no receipts.")


ImportOutcome = Literal[
    "imported", "known", "kept", "invalid_user_id", "invalid_address", "invalid_token", "device_of_another"
]


class ImportResult(OperatorModel):
    """The result of one person of an import, and of each device."""

    contact: ImportOutcome = Field(
        description="`known`: all of it is stored already. `kept`: another address is stored, and stays."
    )
    dropped: list[str] = Field(description="`locale` or `timezone`, if Carillon does not know the value.")
    devices: list[ImportOutcome]


class ImportAnswer(OperatorModel):
    """The results, in the order of the people."""

    people: list[ImportResult]
