"""Answers about stored notifications. recorded.py has those of functions/create, which no other function needs."""

from typing import Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    Field,
    JsonValue,
)

from carillon.models.creator import StoredCreator
from carillon.models.live import Live
from carillon.models.moments import Moment
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
