"""The marks of a person: read or unread, archived or not."""

from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictBool, model_validator

from carillon.models.fields import Request, Time
from carillon.models.moments import Moment
from carillon.models.notification import Notification

_NULL: dict[str, JsonValue] = {"type": "null"}
_SOMETHING: dict[str, JsonValue] = {
    "anyOf": [
        {"required": ["read"], "properties": {"read": {"type": "boolean"}}},
        {"required": ["archived"], "properties": {"archived": {"type": "boolean"}}},
    ]
}
_ONE_OR_ALL: dict[str, JsonValue] = {
    "oneOf": [
        {
            "title": "Everything",
            "required": ["all"],
            "properties": {"all": {"const": True}, "notification_id": _NULL, "undo": _NULL},
        },
        {
            "title": "Everything that an earlier request marked, as unread",
            "required": ["all", "undo"],
            "properties": {
                "all": {"const": True},
                "undo": {"type": "string"},
                "notification_id": _NULL,
                "before": _NULL,
            },
        },
        {
            "title": "One notification",
            "required": ["notification_id"],
            "properties": {
                "notification_id": {"type": "string"},
                "all": {"enum": [False, None]},
                "before": _NULL,
                "undo": _NULL,
            },
        },
    ]
}


class MarkOne(Request):
    """`PATCH /notifications/{id}`: what is not named stays as it is."""

    model_config = ConfigDict(json_schema_extra=_SOMETHING)

    read: StrictBool | None = None
    archived: StrictBool | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.read is None and self.archived is None:
            raise ValueError("say what to change: read or archived")
        return self


class MarkRead(Request):
    """`PATCH /notifications`: one notification, or all of them."""

    model_config = ConfigDict(json_schema_extra=_ONE_OR_ALL)

    notification_id: UUID | None = None
    all: StrictBool | None = None
    before: Time | None = Field(default=None, description="With `all`: only what was created until then.")
    undo: Time | None = Field(
        default=None,
        description="With `all`: the `read_at` of an earlier answer. What that request marked becomes unread again.",
    )

    @model_validator(mode="after")
    def _one_or_all(self) -> Self:
        if (self.notification_id is not None) == bool(self.all):
            raise ValueError("name either notification_id, or all: true")
        if self.before is not None and not self.all:
            raise ValueError("before goes with all: true")
        if self.undo is not None and (not self.all or self.before is not None):
            raise ValueError("undo goes with all: true, and without before")
        return self


class MarkedOne(BaseModel):
    """The notification after the change."""

    notification: Notification


class MarkedAll(BaseModel):
    """The number of notifications that became read or, by `undo`, unread."""

    updated: int
    read_at: Moment | None = Field(
        default=None, description="When they became read: `undo` takes it. Null: none became read."
    )
