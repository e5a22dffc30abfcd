"""The content of a notification, and how it becomes the body of a request."""

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, Required, TypedDict, cast

from ._answers import Severity

MAX_RECIPIENTS = 1_000
MAX_BODY = 256 * 1024  # bytes, of `POST /notifications`

Text = str | Mapping[str, str]  # a text, or a text for each language: {"en": …, "pt-BR": …}


class Content(TypedDict, total=False):
    """The fields of a notification but its recipients. The limits are in docs/api.md, "POST /notifications"."""

    event_name: Required[str]
    """The event, dotted: `invoice.payment_failed`."""
    template: str | None
    """A template of the stack, `name` or `name@version`, instead of the three texts."""
    variables: Mapping[str, Any] | None
    """The values for the template."""
    title: Text | None
    """Required without `template`."""
    body: Text | None
    """Shown in the application only; never emailed or pushed."""
    summary: Text | None
    """The text of email and push, instead of the title."""
    severity: Severity
    target_url: str | None
    """The address that a click opens: a path of the application, or an https URL on an allowed origin."""
    data: Mapping[str, Any] | None
    """Anything for the application, at most 16 KiB as JSON."""
    resource_id: str | None
    """The subject. Without an idempotency key it makes one, with the person and the event."""
    idempotency_key: str | None
    """Unique per person and producer. Without it, and without a `resource_id`, each call makes one."""
    idempotency_mode: Literal["strict", "first"] | None
    """If the key was used with other content: `strict` is an error, and `first` answers the first notification."""
    batch_key: str | None
    """The key of its digest, instead of the event's name."""
    send_at: datetime | str | None
    """Shown, counted and sent from then on: at most a year ahead."""
    expires_at: datetime | str | None
    """Nothing is sent from then on."""


_NAMES = frozenset(Content.__annotations__)


def body_of(content: Content) -> dict[str, Any]:
    """Return the fields of a body, with an idempotency key if neither it nor a derived one is there.

    Raises:
        TypeError: a name is unknown, or a required one is missing.
        ValueError: a time has no time zone.
    """
    given = cast("dict[str, Any]", content)
    if unknown := given.keys() - _NAMES:
        raise TypeError(f"unknown names: {', '.join(sorted(unknown))}")
    if missing := Content.__required_keys__ - given.keys():
        raise TypeError(f"missing names: {', '.join(sorted(missing))}")
    if given.get("title") is None and given.get("template") is None:
        raise TypeError("missing names: title, or template")
    body = {name: _plain(name, value) for name, value in given.items() if value is not None}
    if "idempotency_key" not in body and "resource_id" not in body:
        body["idempotency_key"] = str(uuid.uuid4())
    return body


def encode(body: Mapping[str, Any]) -> bytes:
    """Return a body as JSON in UTF-8, without white space."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def split(body: Mapping[str, Any], user_ids: Iterable[str]) -> Iterator[bytes]:
    """Yield the bodies for many recipients: each within the limits of recipients and bytes.

    All have the same content and the same key. A key counts for each person alone, so a repeat of the whole is
    recorded once, also in another order. A person who is named twice counts once.
    """
    if isinstance(user_ids, str):
        raise TypeError("user_ids is a list of ids, not one id")
    room = MAX_BODY - len(encode({**body, "user_ids": []}))
    chunk: list[str] = []
    size = 0
    for user_id in dict.fromkeys(user_ids):
        more = len(encode({"": user_id})) - len('{"":}') + len(",")
        if chunk and (len(chunk) == MAX_RECIPIENTS or size + more > room):
            yield encode({**body, "user_ids": chunk})
            chunk, size = [], 0
        chunk.append(user_id)
        size += more
    yield encode({**body, "user_ids": chunk})


def _plain(name: str, value: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    if value.tzinfo is None:
        raise ValueError(f"{name} has no time zone")
    return value.isoformat()
