"""All that is stored about a person, and the receipt of its erasure."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from carillon.models.moments import Moment


class PersonData(BaseModel):
    """A page of all that is stored about a person, as the rows are. Only the first page has more than notifications."""

    user_id: str
    recipient: dict[str, Any] | None = Field(description="How the person is reached.")
    preferences: dict[str, Any] | None
    devices: list[dict[str, Any]]
    notifications: list[dict[str, Any]] = Field(
        description="Each with its deliveries; the oldest first, also those that the person no longer sees."
    )
    next_cursor: UUID | None = Field(description="Where the next page begins; null: this is the last.")


class Deleted(BaseModel):
    """The numbers of rows that an erasure deleted. A delivery that also carries notifications of others is kept."""

    notifications: int
    deliveries: int
    devices: int
    preferences: int
    contact_data: int


class Receipt(BaseModel):
    """The receipt of an erasure. It names the person only by a hash."""

    id: UUID
    person: str = Field(description="`sha256:` and 16 hexadecimal digits of the SHA-256 of the id.")
    erased_at: Moment
    deleted: Deleted


class Erased(BaseModel):
    """The answer to an erasure. All its counts are 0 if nothing was stored."""

    receipt: Receipt
