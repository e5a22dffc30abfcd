"""Answers to a request that records notifications, and what SQL answers to it.

SQL's answer is validated once, from its JSON. The answers take their fields from there as attributes.
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from carillon.models.channel import Channel
from carillon.models.delivery import Dispatch
from carillon.models.notification import Notification
from carillon.models.route import Route


class RecordedNotification(Notification):
    """A notification as its creator sees it: with what follows from it."""

    idempotency_key: str | None
    in_app: bool
    routing: dict[Channel, Route]


class CreatedOne(BaseModel):
    """The answer to a request for one recipient."""

    notification: RecordedNotification


class Recipient(BaseModel):
    """The result for one of many recipients."""

    user_id: str
    id: UUID
    replayed: bool
    conflict: bool
    differs: list[str] | None = Field(
        default=None,
        exclude_if=lambda fields: fields is None,
        description="In a conflict: the fields that differ from the first notification's, which `id` names.",
    )


class CreatedMany(BaseModel):
    """The answer to a request with `user_ids`: each recipient stands alone."""

    notifications: list[Recipient]
    created: int
    replayed: int
    conflicts: int


PlannedLanguage = Annotated[
    str | None,
    Field(
        exclude_if=lambda language: language is None,
        description="The language of the texts that the person would get. Absent if they are in no named language, and "
        "for a repeat.",
    ),
]


class PlannedOne(CreatedOne):
    """The answer that a request for one recipient would get. Nothing is kept."""

    dry_run: Literal[True] = True
    language: PlannedLanguage = None


class PlannedTexts(BaseModel):
    """The texts of a notification in one language."""

    title: str
    summary: str | None
    body: str | None
    channel_texts: Annotated[
        dict[Channel, str] | None,
        Field(exclude_if=lambda texts: texts is None, description="By channel, if the template has such texts."),
    ] = None


class PlannedRecipient(Recipient):
    """The result that one of many recipients would get; the routing of a repeat is the stored one."""

    in_app: bool
    routing: dict[Channel, Route]
    language: PlannedLanguage = None


class PlannedMany(BaseModel):
    """The answer that a request with `user_ids` would get. Nothing is kept."""

    dry_run: Literal[True] = True
    texts: Annotated[
        dict[str, PlannedTexts] | None,
        Field(exclude_if=lambda texts: texts is None, description="By language, if the request has texts by language."),
    ] = None
    notifications: list[PlannedRecipient]
    created: int
    replayed: int
    conflicts: int


class RecordedRecipient(BaseModel):
    """The result for one recipient.

    `id`, `replayed` and `conflict` are None if another transaction deleted the notification that held the key. Only a
    request for one recipient has the `notification`, and only a dry run has the last three.
    """

    user_id: str
    id: UUID | None
    replayed: bool | None
    conflict: bool | None
    notification: RecordedNotification | None = None
    differs: list[str] | None = None  # create() finds them after a conflict
    in_app: bool | None = None
    routing: dict[Channel, Route] | None = None
    language: str | None = None


class Recorded(BaseModel):
    """The answer of `create_notifications`. `retry_after` is alone, in seconds: the person must wait so long."""

    recipients: list[RecordedRecipient] = []
    dispatch: list[Dispatch] = []
    retry_after: int | None = None
