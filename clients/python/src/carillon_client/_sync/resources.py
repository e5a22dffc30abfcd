"""The resources of the blocking client: one method for each request that a producer makes.

Made by `bin/clients`. Do not edit.
"""

from collections.abc import Iterable
from typing import Protocol, TypeVar, Unpack

from .. import _requests
from .._answers import (
    Contact,
    CreatedMany,
    NewPreferences,
    NotificationDeliveries,
    PersonData,
    PlannedMany,
    Preferences,
    Receipt,
    RecordedNotification,
    Retracted,
)
from .._content import Content
from .._requests import Created, Request

T = TypeVar("T")


class Send(Protocol):
    """A function that sends a request and returns its result."""

    def __call__(self, request: Request[T], /) -> T: ...


class NotificationsResource:
    """Notifications. A token with the scope `carillon/send` may call this."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def create(self, user_id: str, **content: Unpack[Content]) -> Created:
        """Record a notification for one person.

        A repeat with the same key records nothing. Without `idempotency_key` and `resource_id`, the call makes a key
        of its own: then its retries are safe, but a later call is another notification.

        Raises:
            KeyReused: the key belongs to a notification with other content.
            InvalidRequest: a field breaks a rule.
        """
        return self._send(_requests.create(user_id, content))

    def create_many(self, user_ids: Iterable[str], **content: Unpack[Content]) -> CreatedMany:
        """Record a notification for many people, also for more than the 1,000 of one request.

        Each person counts separately: as created, as replayed, or as a conflict. If the call fails, some people may
        have the notification already. Repeat it with the error's `idempotency_key`, and each has it once.
        """
        return _requests.joined([self._send(request) for request in _requests.create_many(user_ids, content)])

    def dry_run(self, user_id: str, **content: Unpack[Content]) -> RecordedNotification:
        """Return what `create` would record, with its routing. Nothing is kept, and the id means nothing."""
        return self._send(_requests.dry_run(user_id, content))

    def dry_run_many(self, user_ids: Iterable[str], **content: Unpack[Content]) -> PlannedMany:
        """Return what `create_many` would record, with each person's routing. Nothing is kept."""
        return _requests.joined([self._send(request) for request in _requests.dry_run_many(user_ids, content)])

    def retract(self, notification_id: str) -> Retracted:
        """Retract a notification that this producer made. Pending deliveries are sent without it.

        Raises:
            NotFound: it does not exist, or another producer made it.
        """
        return self._send(_requests.retract(notification_id))

    def retract_by_key(self, user_id: str, idempotency_key: str) -> Retracted:
        """Retract a notification by its person and its key, which may be the derived `user:event:resource`.

        Raises:
            NotFound: this producer made none with that key.
        """
        return self._send(_requests.retract_by_key(user_id, idempotency_key))

    def deliveries(self, notification_id: str) -> NotificationDeliveries:
        """Explain for each channel why a notification was sent, or was not.

        Raises:
            NotFound: it does not exist, or another producer made it.
        """
        return self._send(_requests.deliveries(notification_id))


class PreferencesResource:
    """The preferences of people. It needs the scope `carillon/recipients`."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def get(self, user_id: str) -> Preferences:
        """Return what applies to a person."""
        return self._send(_requests.get_preferences(user_id))

    def set(self, user_id: str, preferences: NewPreferences | Preferences) -> Preferences:
        """Store the preferences of a person, whole: a field that is absent returns to the stack's default.

        An answer of `get` may be changed and given back. Its read-only fields are ignored.
        """
        return self._send(_requests.set_preferences(user_id, preferences))


class RecipientsResource:
    """The data of people. It needs the scope `carillon/recipients`.

    `erase` needs `carillon/erase` instead, and `export` needs `carillon/export`.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self.preferences = PreferencesResource(send)
        """The person's choices: which notifications are sent by which channel, and when."""

    def get(self, user_id: str) -> Contact:
        """Return the contact data of a person.

        Raises:
            NotFound: none is stored.
        """
        return self._send(_requests.get_contact(user_id))

    def set(self, user_id: str, *, email: str | None, locale: str | None, timezone: str | None) -> Contact:
        """Store the contact data of a person, whole: None deletes what was stored."""
        contact = {"email": email, "locale": locale, "timezone": timezone}
        return self._send(_requests.set_contact(user_id, contact))

    def export(self, user_id: str, *, cursor: str | None = None) -> PersonData:
        """Return a page of all that is stored about a person.

        Begin without `cursor`, and go on with `next_cursor` of the answer until it is None.
        """
        return self._send(_requests.export(user_id, cursor))

    def erase(self, user_id: str) -> Receipt:
        """Erase all that is stored about a person, also the notifications that are kept for audit.

        Return the receipt: what was deleted, and when. It names the person only by a hash.
        """
        return self._send(_requests.erase(user_id))
