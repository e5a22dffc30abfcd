"""Take a notification back: one statement."""

from uuid import UUID

from carillon.database.connection import Database
from carillon.errors import NotFound
from carillon.identity import Identity
from carillon.models.retract import Retracted


def by_id(database: Database, identity: Identity, notification_id: UUID) -> Retracted:
    """Retract the notification of that id.

    The application no longer shows it, and what has not left yet leaves without it. A repeat changes nothing.

    Raises:
        Forbidden: the caller is no producer.
        NotFound: there is none, or another producer's: the two cannot be told apart.
        Unavailable: the database does not answer. Repeating is safe.
    """
    return _retract(database, identity, notification_id, None, None)


def by_key(database: Database, identity: Identity, user_id: str, key: str) -> Retracted:
    """Retract the notification that this producer made for a person under an idempotency key, chosen or derived.

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
