"""Retract a notification: one statement."""

from uuid import UUID

from carillon.database.connection import Database
from carillon.errors import NotFound
from carillon.identity import Identity
from carillon.models.retract import Retracted


def by_id(database: Database, identity: Identity, notification_id: UUID) -> Retracted:
    """Retract the notification with this id.

    The application no longer shows it, and deliveries that are not sent yet exclude it. A repeat changes nothing.

    Raises:
        Forbidden: the caller is not a producer.
        NotFound: the producer has no such notification. The answer is the same if another producer has it.
        Unavailable: the database does not answer. The caller may repeat the request.
    """
    return _retract(database, identity, notification_id, None, None)


def by_key(database: Database, identity: Identity, user_id: str, key: str) -> Retracted:
    """Retract the notification that this producer recorded for a person under an idempotency key, chosen or derived.

    Raises: as `by_id`.
    """
    return _retract(database, identity, None, user_id, key)


def _retract(
    database: Database, identity: Identity, notification_id: UUID | None, user_id: str | None, key: str | None
) -> Retracted:
    identity.require_producer()
    row = database.row(
        "notifications/retract",
        {"id": notification_id, "user_id": user_id, "key": key, "creator": identity.created_by},
    )
    if row is None or row["answer"] is None:
        raise NotFound
    return Retracted.model_validate(row["answer"])
