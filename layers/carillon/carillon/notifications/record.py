"""Record notifications for one or many recipients: one statement."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from carillon.database.arrays import text_array
from carillon.database.connection import Database
from carillon.errors import Forbidden, Invalid, KeyReused, TooMany, Unavailable
from carillon.identity import SEND, Identity
from carillon.ids import uuid7
from carillon.links.targets import validate_target_url
from carillon.models.delivery import Dispatch
from carillon.models.new_notification import IdempotencyMode, NewNotification
from carillon.models.recorded import CreatedMany, CreatedOne, PlannedMany, PlannedOne, Recorded, RecordedRecipient
from carillon.notifications.languages import (
    given_fields,
    planned_texts,
    said_by,
    stored_content,
    stored_json,
    unstored_fields,
)
from carillon.settings import CreateSettings

MAX_KEY = 255
ROUNDS = 3  # how often the statement runs before the request fails


@dataclass(frozen=True, slots=True)
class Created:
    """The result of a request: its answer, the deliveries to dispatch, and the number of new notifications.

    `replayed` is true if the request only repeats an earlier one. `changed` names the people with a new notification.
    """

    answer: CreatedOne | CreatedMany | PlannedMany
    dispatch: Sequence[Dispatch]
    created: int
    replayed: bool
    changed: Sequence[str]


def create(
    database: Database,
    settings: CreateSettings,
    identity: Identity,
    new: NewNotification,
    header_key: str | None,
    *,
    dry_run: bool = False,
    header_mode: IdempotencyMode | None = None,
) -> Created:
    """Record a notification for one or many recipients, route it, and open or join its deliveries: one round trip.

    A `dry_run` does the same work in the database and rolls it back. Its answer says what would happen, without the
    limit for people. With the mode `first`, a notification under the same key is the answer whatever its content.

    Raises:
        Forbidden: a user names a recipient, or records what only producers may.
        Invalid: a producer names no recipient, the target URL is not allowed, or the stack has no such template.
        KeyReused: the key that the caller chose belongs to a notification with other content. This holds for a request
            with one recipient. With many, that recipient has a `conflict` instead.
        TooMany: the person has recorded too many notifications for themselves in this minute.
        Unavailable: the database does not answer. The caller may repeat a request that has a key.
    """
    user_ids = _recipients(settings, identity, new)
    _check_target_url(settings, new)
    parameters = _parameters(settings, identity, new, user_ids, header_key or new.idempotency_key)
    if (header_mode or new.idempotency_mode) == "first":
        parameters["keys_derived"] = True  # a derived key replays whatever the content is
    statement = "create" if identity.producer else "record_for_self"
    recipients, dispatch = _record(database, "dry_run" if dry_run else statement, parameters)
    # SQL knows the lock order only: the answer has the order of the request.
    places = {user_id: place for place, user_id in enumerate(user_ids)}
    recipients.sort(key=lambda recipient: places[recipient.user_id])

    found = [recipient for recipient in recipients if recipient.conflict]
    if found:
        _tell_differences(database, settings, new, found)
    conflicts = len(found)
    replayed = sum(1 for recipient in recipients if recipient.replayed)
    created = len(recipients) - conflicts - replayed
    changed = [each.user_id for each in recipients if not (each.conflict or each.replayed)]
    if new.user_ids is None:
        if conflicts:
            [conflict] = recipients
            differs = [
                {"field": field, "message": "is not the first notification's"} for field in conflict.differs or ()
            ]
            raise KeyReused(details=differs, notification_id=conflict.id)
        one = (PlannedOne if dry_run else CreatedOne).model_validate(recipients[0], from_attributes=True)
        return Created(one, dispatch, created, bool(replayed), changed)
    content: dict[str, Any] = {
        "notifications": recipients, "created": created, "replayed": replayed, "conflicts": conflicts,
    }  # fmt: skip
    if dry_run:
        content["texts"] = planned_texts(said_by(settings, new))
    many = (PlannedMany if dry_run else CreatedMany).model_validate(content, from_attributes=True)
    return Created(many, dispatch, created, replayed == len(recipients), changed)


def _recipients(settings: CreateSettings, identity: Identity, new: NewNotification) -> list[str]:
    """Return the people that a request is for, each once."""
    named = new.user_ids if new.user_ids is not None else [new.user_id] if new.user_id is not None else None
    if identity.producer is None:
        if named is not None:
            raise Forbidden(f"Naming recipients needs a token with the scope {SEND}.")
        _check_self_recording(settings, new)
        return [identity.user_id]
    if named is None:
        raise Invalid("A producer must name who the notification is for: user_id or user_ids.")
    return list(dict.fromkeys(named))


def _check_self_recording(settings: CreateSettings, new: NewNotification) -> None:
    """Check that a person may record this for themselves."""
    if settings.self_recorded_per_minute == 0:
        raise Forbidden(f"In this stack only producers record notifications: it needs a token with the scope {SEND}.")
    if category := settings.categories.producers_only(new.event_name):
        only = f"only producers record {category}, with the scope {SEND}"
        raise Forbidden(f"event_name: {only}.", [{"field": "event_name", "message": only}])


def _tell_differences(
    database: Database, settings: CreateSettings, new: NewNotification, conflicts: list[RecordedRecipient]
) -> None:
    """Add to each conflict the fields that differ from the first notification's. An omitted one is compared, too."""
    content = Jsonb(stored_content(new, said_by(settings, new)))
    ids = [conflict.id for conflict in conflicts]
    rows = database.rows("notifications/differing_fields", {"ids": ids, "content": content})
    differing = {row["id"]: given_fields(new, row["fields"]) for row in rows}
    for conflict in conflicts:
        # With no other difference, it is a field that is hashed and not stored.
        conflict.differs = differing.get(conflict.id) or unstored_fields(new)


def _check_target_url(settings: CreateSettings, new: NewNotification) -> None:
    if new.target_url is not None:
        try:
            validate_target_url(new.target_url, settings.link_origins)
        except ValueError as error:
            raise Invalid(details=[{"field": "target_url", "message": str(error)}]) from None


def _parameters(
    settings: CreateSettings, identity: Identity, new: NewNotification, user_ids: list[str], chosen_key: str | None
) -> dict[str, Any]:
    """Return the parameters of the statement. The arrays have one element for each recipient, in the lock order."""
    user_ids = sorted(user_ids)
    return {
        "content": stored_json(settings, new),
        # Created once: if the answer is lost and the statement runs again, it finds its own rows by these ids.
        "ids": text_array(uuid7(new.send_at, user_id).hex for user_id in user_ids),
        "user_ids": text_array(user_ids),
        "keys": text_array(chosen_key or _derived_key(user_id, new) for user_id in user_ids),
        "keys_derived": chosen_key is None,
        "creator": identity.created_by,
        "content_hash": new.content_hash(),
        "settings": settings.for_event(new.event_name),
        "dispatch_ahead": settings.dispatch_ahead_seconds,
        "per_minute": settings.self_recorded_per_minute,
    }


def _derived_key(user_id: str, new: NewNotification) -> str | None:
    """Return `user:event:resource`, hashed if it is too long to store, or None without a resource."""
    if new.resource_id is None:
        return None
    key = f"{user_id}:{new.event_name}:{new.resource_id}"
    return key if len(key) <= MAX_KEY else f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def _record(
    database: Database, statement: str, parameters: Mapping[str, Any]
) -> tuple[list[RecordedRecipient], list[Dispatch]]:
    """Run the statement until each recipient has a notification. Return the recipients and the deliveries to dispatch.

    A recipient has none if another transaction deleted the notification that held the key while the statement ran. The
    key is free in the next round. The recipients that have a notification find their own rows again.
    """
    dispatch: list[Dispatch] = []
    for _ in range(ROUNDS):
        [row] = database.rows(f"notifications/{statement}", parameters)
        recorded = Recorded.model_validate_json(row["answer"])
        if recorded.retry_after is not None:
            raise TooMany(retry_after_seconds=recorded.retry_after)
        dispatch += recorded.dispatch
        if all(recipient.id is not None for recipient in recorded.recipients):
            return recorded.recipients, dispatch
    raise Unavailable
