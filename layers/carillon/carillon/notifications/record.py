"""Record notifications for one or many recipients: one statement."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from carillon.database.connection import Database
from carillon.errors import Forbidden, Invalid, KeyReused, Unavailable
from carillon.identity import Identity
from carillon.ids import uuid7
from carillon.links.targets import validate_target_url
from carillon.models.delivery import Dispatch
from carillon.models.notification import CreatedMany, CreatedOne, NewNotification, PlannedMany, PlannedOne
from carillon.settings import CreateSettings

MAX_KEY = 255


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
        row = database.row("notifications/dry_run" if dry_run else "notifications/create", parameters)
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
