"""List, count and mark a person's notifications, and explain their deliveries: one statement each."""

from datetime import datetime
from uuid import UUID

from carillon.database.connection import Database
from carillon.errors import NotFound, Unavailable
from carillon.identity import Identity
from carillon.models.marks import MarkedAll, MarkedOne
from carillon.models.notification import Notification, NotificationPage, UnreadCount
from carillon.models.story import NotificationDeliveries, Story
from carillon.notifications.explanation import explain

MAX_PAGE_BYTES = 900_000  # no answer has more than 1 MB, so that each client can read each answer


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
    """Return a page of the feed, newest first, and the unread count of the same moment.

    A page holds notifications older than its cursor, so new ones do not shift the next page.
    """
    name = "list_archive" if archived else "list_unread" if unread else "list_feed"
    if event is not None:
        name += "_by_event"
    row = database.row(
        f"notifications/{name}",
        {"user_id": user_id, "unread": unread, "event": event, "limit": limit + 1, "cursor": cursor},
    )
    if row is None:  # the statement always returns one row
        raise Unavailable
    listed = [Notification.model_validate(entry) for entry in row["notifications"]]
    page = _fit_into_answer(listed[:limit])
    more = len(listed) > len(page)
    return NotificationPage(
        notifications=page, next_cursor=page[-1].id if more else None, unread_count=row["unread_count"]
    )


def _fit_into_answer(page: list[Notification]) -> list[Notification]:
    """Return as many of the first notifications as one answer can hold. The cursor leads to the others."""
    size = 0
    for position, notification in enumerate(page):
        size += len(notification.model_dump_json().encode())
        if size > MAX_PAGE_BYTES:
            return page[:position]
    return page


def count_unread(database: Database, user_id: str) -> UnreadCount:
    """Return the number of unread notifications, exact up to 1,000."""
    row = database.row("notifications/count_unread", {"user_id": user_id})
    return UnreadCount.model_validate(row)


def mark(
    database: Database, user_id: str, notification_id: UUID, *, read: bool | None = None, archived: bool | None = None
) -> MarkedOne:
    """Mark one notification as read or unread, and as archived or not. None changes nothing.

    Raises:
        NotFound: the person has no such notification. The answer is the same if another person has it.
    """
    row = database.row(
        "notifications/mark_one", {"id": notification_id, "user_id": user_id, "read": read, "archived": archived}
    )
    if row is None:
        raise NotFound
    return MarkedOne(notification=Notification.model_validate(row["notification"]))


def mark_all_read(database: Database, user_id: str, before: datetime | None) -> MarkedAll:
    """Mark all unread notifications as read, or only those created until `before`."""
    return MarkedAll.model_validate(database.row("notifications/mark_all_read", {"user_id": user_id, "before": before}))


def unmark_all(database: Database, user_id: str, read_at: datetime) -> MarkedAll:
    """Mark as unread again what one call of `mark_all_read` marked. `read_at` is from its answer."""
    return MarkedAll.model_validate(database.row("notifications/unmark_all", {"user_id": user_id, "read_at": read_at}))


def list_deliveries(database: Database, identity: Identity, notification_id: UUID) -> NotificationDeliveries:
    """Return why Carillon sent a notification on each channel or did not, as data and as a sentence.

    Raises:
        NotFound: the notification does not exist, or is neither for this person nor recorded by this producer.
    """
    producer = identity.created_by if identity.producer else None
    row = database.row(
        "notifications/list_deliveries", {"id": notification_id, "user_id": identity.subject, "producer": producer}
    )
    if row is None:
        raise NotFound
    story = Story.model_validate(row["story"])
    return NotificationDeliveries(**dict(story), channels=explain(story))
