"""All that is stored about a person, in pages of a bounded size."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from carillon.database.connection import Database
from carillon.models.person_data import PersonData
from carillon.models.user_id import person_hash

MAX_NOTIFICATIONS = 100  # of one page
MAX_BYTES = 900_000  # of the notifications in one page; an answer of the API has at most 1 MB


def export(
    database: Database,
    user_id: str,
    *,
    after: UUID | None,
    requester: str,
    limit: int = MAX_NOTIFICATIONS,
    max_bytes: int = MAX_BYTES,
) -> PersonData:
    """Return the page that begins after a notification, by default the first. The operators' log notes the first page.

    A page has at least one notification, however large it is, if there are more.
    """
    row = database.rows(
        "people/export",
        {
            "user_id": user_id,
            "after": after,
            "limit": limit,
            "requester": requester,
            "log": Jsonb({"person": person_hash(user_id)}),
        },
    )[0]
    read: list[dict[str, Any]] = row["notifications"]
    page = _fitting(read, max_bytes)
    more = len(page) < len(read) or len(read) == limit
    return PersonData.model_validate(
        {**row, "user_id": user_id, "notifications": page, "next_cursor": page[-1]["id"] if page and more else None}
    )


def _fitting(notifications: list[dict[str, Any]], max_bytes: int) -> list[dict[str, Any]]:
    """Return as many of the first notifications as have `max_bytes` together, but at least one."""
    size = 0
    for position, notification in enumerate(notifications):
        size += _size(notification)
        if position and size > max_bytes:
            return notifications[:position]
    return notifications


def _size(notification: Mapping[str, Any]) -> int:
    return len(json.dumps(notification, ensure_ascii=False).encode())
