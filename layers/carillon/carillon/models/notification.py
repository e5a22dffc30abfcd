"""Answers about notifications."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    Field,
    JsonValue,
)

from carillon.models.channel import Channel
from carillon.models.creator import StoredCreator
from carillon.models.live import Live
from carillon.models.moments import Moment
from carillon.models.route import Route
from carillon.models.severity import Severity


class Notification(BaseModel):
    """A notification as the person it is for sees it."""

    id: UUID
    user_id: str
    created_by: StoredCreator
    event_name: str
    title: str
    body: str | None
    summary: str | None
    severity: Severity
    target_url: str | None
    data: dict[str, JsonValue] | None
    batch_key: str | None
    send_at: Moment | None
    expires_at: Moment | None
    read_at: Moment | None
    archived_at: Moment | None
    created_at: Moment
    updated_at: Moment


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


class NotificationPage(BaseModel):
    """A page of the feed, with the number of unread notifications of the same moment."""

    notifications: list[Notification]
    next_cursor: UUID | None
    unread_count: int = Field(description="Exact up to 1,000 and capped there.")
    live: Live | None = Field(default=None, description="Where hints of changes arrive; null in a stack without them.")


class UnreadCount(BaseModel):
    """The number of unread notifications."""

    unread_count: int = Field(description="Exact up to 1,000 and capped there.")


class Health(BaseModel):
    """The service and its database answer."""

    status: Literal["ok"]
