"""Record, list and mark notifications: one statement each."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from carillon.database.connection import Database
from carillon.errors import Forbidden, Invalid, KeyReused, NotFound, Unavailable
from carillon.explanation import explain
from carillon.identity import Identity
from carillon.ids import uuid7
from carillon.links.targets import validate_target_url
from carillon.models.delivery import Dispatch
from carillon.models.notification import (
    CreatedMany,
    CreatedOne,
    MarkedAll,
    MarkedOne,
    NewNotification,
    Notification,
    NotificationPage,
    PlannedMany,
    PlannedOne,
    UnreadCount,
)
from carillon.models.story import NotificationDeliveries, Story
from carillon.settings import CreateSettings

MAX_KEY = 255
# Lambda answers at most 6 MB, and the answer is a string within JSON: quotes and backslashes count twice.
MAX_PAGE_BYTES = 2_900_000


@dataclass(frozen=True, slots=True)
class Created:
    """What a request made, and the deliveries to dispatch for it."""

    answer: CreatedOne | CreatedMany | PlannedMany
    dispatch: Sequence[Dispatch]
    created: int  # how many notifications are new
    replayed: bool  # all of it was a repeat


def create(
    database: Database,
    settings: CreateSettings,
    identity: Identity,
    new: NewNotification,
    header_key: str | None,
    *,
    dry_run: bool = False,
) -> Created:
    """Record a notification for one or many recipients, route it and open or join its deliveries: one round trip.

    A `dry_run` does the same work in the database and rolls it back: its answer says what would happen.

    Raises:
        Forbidden: a user names a recipient.
        Invalid: a producer names none, or the target URL is not allowed.
        KeyReused: the key that the caller chose belongs to a notification with other content (one recipient only:
            with many, it is that recipient's `conflict`).
        Unavailable: the database does not answer. Repeating is safe when the request has a key.
    """
    user_ids = _recipients(identity, new)
    if new.target_url is not None:
        try:
            validate_target_url(new.target_url, settings.link_origins)
        except ValueError as error:
            raise Invalid(details=[{"field": "target_url", "message": str(error)}]) from None

    chosen_key = header_key or new.idempotency_key
    parameters = {
        "content": Jsonb(new.content()),
        # Made once, here: when the reply is lost and the statement runs again, it meets its own rows.
        "ids": [uuid7(new.send_at) for _ in user_ids],
        "user_ids": user_ids,
        "keys": [chosen_key or _derived_key(user_id, new) for user_id in user_ids],
        "keys_derived": chosen_key is None,
        "creator": identity.created_by,
        "content_hash": new.content_hash(),
        "settings": Jsonb(settings.for_sql()),
        "dispatch_ahead": settings.dispatch_ahead_seconds,
    }
    dispatch: list[Dispatch] = []
    for _ in range(3):
        row = database.row("dry_run_notifications" if dry_run else "create_notifications", parameters)
        answer: dict[str, Any] = row["answer"] if row else {}
        dispatch += [Dispatch.model_validate(entry) for entry in answer["dispatch"]]
        if all(recipient["id"] for recipient in answer["recipients"]):
            break
        # A row that held a key was deleted between two snapshots: now it is free. The others meet their own rows.
    else:
        raise Unavailable

    recipients: list[dict[str, Any]] = answer["recipients"]
    conflicts = sum(recipient["conflict"] for recipient in recipients)
    replayed = sum(recipient["replayed"] for recipient in recipients)
    created = len(recipients) - conflicts - replayed
    if new.user_ids is None:
        if conflicts:
            raise KeyReused
        content = answer["recipients"][0]
        one = (PlannedOne if dry_run else CreatedOne).model_validate(content)
        return Created(one, dispatch, created, bool(replayed))
    content = {"notifications": recipients, "created": created, "replayed": replayed, "conflicts": conflicts}
    many = (PlannedMany if dry_run else CreatedMany).model_validate(content)
    return Created(many, dispatch, created, replayed == len(recipients))


def _recipients(identity: Identity, new: NewNotification) -> list[str]:
    """The people a request is for, each once."""
    named = new.user_ids if new.user_ids is not None else [new.user_id] if new.user_id is not None else None
    if identity.producer is None:
        if named is not None:
            raise Forbidden("Naming recipients needs a token with the scope carillon/send.")
        return [identity.user_id]
    if named is None:
        raise Invalid("A producer must name who the notification is for: user_id or user_ids.")
    return list(dict.fromkeys(named))


def _derived_key(user_id: str, new: NewNotification) -> str | None:
    """`user:event:resource`, hashed where it is too long to store; none without a resource."""
    if new.resource_id is None:
        return None
    key = f"{user_id}:{new.event_name}:{new.resource_id}"
    return key if len(key) <= MAX_KEY else f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def list_page(
    database: Database,
    user_id: str,
    *,
    unread: bool,
    archived: bool,
    event: str | None,
    limit: int,
    cursor: UUID | None,
) -> NotificationPage:
    """A page of the feed (newest first) and the unread count of the same moment.

    A page holds what is older than its cursor, so that rows which arrive meanwhile move nothing.
    """
    name = "list_archive" if archived else "list_unread" if unread else "list_feed"
    row = database.row(
        name,
        {"user_id": user_id, "unread": unread, "event": event, "limit": limit + 1, "cursor": cursor},
    )
    if row is None:  # the statement always answers one row
        raise Unavailable
    listed = [Notification.model_validate(entry) for entry in row["notifications"]]
    page = _fitting(listed[:limit])
    more = len(listed) > len(page)
    return NotificationPage(
        notifications=page, next_cursor=page[-1].id if more else None, unread_count=row["unread_count"]
    )


def _fitting(page: list[Notification]) -> list[Notification]:
    """As many of the first notifications as one answer can hold; the cursor leads to the others."""
    size = 0
    for position, notification in enumerate(page):
        size += len(notification.model_dump_json().encode())
        if size > MAX_PAGE_BYTES:
            return page[:position]
    return page


def count_unread(database: Database, user_id: str) -> UnreadCount:
    """How many notifications are unread: exact up to 1,000."""
    row = database.row("count_unread", {"user_id": user_id})
    return UnreadCount.model_validate(row)


def mark(
    database: Database, user_id: str, notification_id: UUID, *, read: bool | None = None, archived: bool | None = None
) -> MarkedOne:
    """Mark one notification read or unread, archived or not; None leaves it as it is.

    Raises:
        NotFound: there is none, or it is another user's: the two cannot be told apart.
    """
    row = database.row("mark_one", {"id": notification_id, "user_id": user_id, "read": read, "archived": archived})
    if row is None:
        raise NotFound
    return MarkedOne(notification=Notification.model_validate(row))


def mark_all_read(database: Database, user_id: str, before: datetime | None) -> MarkedAll:
    """Mark everything unread as read, or what was created until a moment."""
    return MarkedAll.model_validate(database.row("mark_all_read", {"user_id": user_id, "before": before}))


def list_deliveries(database: Database, identity: Identity, notification_id: UUID) -> NotificationDeliveries:
    """Why something was sent for a notification, or was not, in data and in words.

    Raises:
        NotFound: there is none, or it is neither for this user nor made by this producer.
    """
    producer = identity.created_by if identity.producer else None
    row = database.row("list_deliveries", {"id": notification_id, "user_id": identity.subject, "producer": producer})
    if row is None:
        raise NotFound
    story = Story.model_validate(row)
    return NotificationDeliveries(**dict(story), channels=explain(story))
