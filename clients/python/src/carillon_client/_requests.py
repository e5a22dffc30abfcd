"""The requests of the API and what their answers mean, without any input or output."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast
from urllib.parse import quote, urlencode

import httpx

from ._answers import (
    Contact,
    CreatedMany,
    ErrorDetail,
    NewPreferences,
    NotificationDeliveries,
    PersonData,
    PlannedMany,
    Preferences,
    Receipt,
    RecordedNotification,
    Retracted,
)
from ._content import Content, body_of, encode, split
from ._credentials import read_object
from ._errors import ApiError, error_class
from ._retry import read_retry_after

T = TypeVar("T")
Many = TypeVar("Many", CreatedMany, PlannedMany)


@dataclass(frozen=True, slots=True)
class Created:
    """The answer to the create of one notification.

    Attributes:
        notification: the notification, with its `routing`: what happens on each channel, and why.
        replayed: true if the key was used before, so that nothing new was recorded. That may have been an earlier
            attempt of the same call.
    """

    notification: RecordedNotification
    replayed: bool

    @property
    def id(self) -> str:
        """The notification's id."""
        return self.notification["id"]


@dataclass(frozen=True, slots=True)
class Request(Generic[T]):
    """A request, and what makes a result of its answer. `operation` is its route in openapi.json."""

    operation: str
    path: str
    read: Callable[[httpx.Response], T]
    content: bytes | None = None
    idempotency_key: str | None = None

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.operation.partition(" ")[0]


def create(user_id: str, content: Content) -> Request[Created]:
    """Record a notification for one person."""
    body = {**body_of(content), "user_id": user_id}
    return _create(encode(body), body, _read_created)


def create_many(user_ids: Iterable[str], content: Content) -> Iterator[Request[CreatedMany]]:
    """Record a notification for many people, in as many requests as their number needs."""
    body = body_of(content)
    for part in split(body, user_ids):
        yield _create(part, body, lambda answer: cast("CreatedMany", read_json(answer)))


def joined(parts: Iterable[Many]) -> Many:
    """Return the answers of a split request as one: all recipients, and the sums. The rest is the same in each."""
    answers: list[Any] = list(parts)
    sums = {name: sum(answer[name] for answer in answers) for name in ("created", "replayed", "conflicts")}
    notifications = [each for answer in answers for each in answer["notifications"]]
    return cast("Many", {**answers[0], **sums, "notifications": notifications})


def dry_run(user_id: str, content: Content) -> Request[RecordedNotification]:
    """Say what a create would do."""
    body = {**body_of(content), "user_id": user_id}
    return _create(encode(body), body, lambda answer: read_json(answer)["notification"], dry_run=True)


def dry_run_many(user_ids: Iterable[str], content: Content) -> Iterator[Request[PlannedMany]]:
    """Say what a create for many people would do."""
    body = body_of(content)
    for part in split(body, user_ids):
        yield _create(part, body, lambda answer: cast("PlannedMany", read_json(answer)), dry_run=True)


def retract(notification_id: str) -> Request[Retracted]:
    """Retract a notification by its id."""
    path = f"/notifications/{segment('notification_id', notification_id)}"
    return Request("DELETE /notifications/{notification_id}", path, read_json)


def retract_by_key(user_id: str, idempotency_key: str) -> Request[Retracted]:
    """Retract a notification by its person and key."""
    query = urlencode({"user_id": user_id, "idempotency_key": idempotency_key}, quote_via=quote, safe="")
    return Request("DELETE /notifications", f"/notifications?{query}", read_json)


def deliveries(notification_id: str) -> Request[NotificationDeliveries]:
    """Explain what became of a notification on each channel."""
    path = f"/notifications/{segment('notification_id', notification_id)}/deliveries"
    return Request("GET /notifications/{notification_id}/deliveries", path, read_json)


def get_contact(user_id: str) -> Request[Contact]:
    """Read the contact data of a person."""
    return Request("GET /recipients/{user_id}", _recipient(user_id), read_json)


def set_contact(user_id: str, contact: Mapping[str, str | None]) -> Request[Contact]:
    """Store the contact data of a person, whole."""
    return Request("PUT /recipients/{user_id}", _recipient(user_id), read_json, encode(contact))


def erase(user_id: str) -> Request[Receipt]:
    """Erase all that is stored about a person."""
    return Request("DELETE /recipients/{user_id}", _recipient(user_id), lambda answer: read_json(answer)["receipt"])


def export(user_id: str, cursor: str | None) -> Request[PersonData]:
    """Read a page of all that is stored about a person."""
    query = "" if cursor is None else "?" + urlencode({"cursor": cursor})
    return Request("GET /exports/{user_id}", f"/exports/{segment('user_id', user_id)}{query}", read_json)


def get_preferences(user_id: str) -> Request[Preferences]:
    """Read the preferences of a person."""
    return Request("GET /recipients/{user_id}/preferences", f"{_recipient(user_id)}/preferences", read_json)


def set_preferences(user_id: str, preferences: NewPreferences | Preferences) -> Request[Preferences]:
    """Store the preferences of a person, whole."""
    path = f"{_recipient(user_id)}/preferences"
    return Request("PUT /recipients/{user_id}/preferences", path, read_json, encode(preferences))


def health() -> Request[None]:
    """Ask whether the API and its database answer."""
    return Request("GET /health", "/health", lambda _: None)


def segment(name: str, value: str) -> str:
    """Return a value as one segment of a path.

    Raises:
        ValueError: a path cannot name the value. API Gateway decodes a path and cuts it at a `?`, so that such an id
            would name another person or another route (docs/api.md, "Ids of people").
    """
    dots = {".", ".."} & set(value.split("/"))
    if not value or dots or {"?", "#"} & set(value) or value.endswith("/preferences"):
        raise ValueError(f"{name}: a path cannot name {value!r}")
    return quote(value, safe="")


def read_json(response: httpx.Response) -> Any:
    """Return the object of an answer.

    Raises:
        ApiError: another server answered: a proxy's page, for example.
    """
    if answer := read_object(response):
        return answer
    raise ApiError(response.status_code, "no_json", "the answer is not an object in JSON; is the address the API's?")


def error_of(response: httpx.Response) -> ApiError:
    """Return the error of an answer. The gateway's own errors have the form `{"message"}`."""
    body = read_object(response)
    raw: object = body.get("error")
    error: dict[str, Any] = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
    code = str(error.get("code") or "refused")
    headers = response.headers
    return error_class(response.status_code, code)(
        response.status_code,
        code,
        str(error.get("message") or body.get("message") or response.reason_phrase),
        details=cast("list[ErrorDetail]", error.get("details") or []),
        request_id=error.get("request_id") or headers.get("apigw-requestid") or headers.get("x-amzn-requestid"),
        docs=error.get("docs"),
        retry_after=read_retry_after(response),
        notification_id=error.get("notification_id"),
    )


def _create(
    content: bytes, body: Mapping[str, Any], read: Callable[[httpx.Response], T], *, dry_run: bool = False
) -> Request[T]:
    path = "/notifications?dry_run=1" if dry_run else "/notifications"
    return Request("POST /notifications", path, read, content, body.get("idempotency_key"))


def _recipient(user_id: str) -> str:
    return f"/recipients/{segment('user_id', user_id)}"


def _read_created(response: httpx.Response) -> Created:
    replayed = response.headers.get("Idempotency-Replayed", "").lower() == "true"
    return Created(read_json(response)["notification"], replayed)


def checked_base_url(address: str) -> str:
    """Return the address of the API without a slash at its end.

    Raises:
        ValueError: it is not https, and not on this machine: a token would travel in the clear.
    """
    url = httpx.URL(address)
    if url.scheme != "https" and not (url.scheme == "http" and url.host in ("localhost", "127.0.0.1", "::1")):
        raise ValueError("base_url must begin with https://, or name this machine")
    return address.rstrip("/")
