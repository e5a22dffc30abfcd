"""Every error that a caller can get: its HTTP status, its code and its message.

Exception
└── CarillonError            500  internal
    ├── InvalidJson          400  invalid_json
    ├── Unauthorized         401  unauthorized
    ├── Forbidden            403  forbidden
    ├── NotFound             404  not_found
    │   └── LinkInvalid      404  link_invalid          (answered as a page, as is LinkExpired)
    ├── LinkExpired          410  link_expired
    ├── BodyTooLarge         413  too_large
    ├── Encoded              415  unsupported_encoding
    ├── Invalid              422  invalid
    │   └── KeyReused        422  idempotency_key_reused  (answered with the first notification's id)
    ├── TooMany              429  too_many            (answered with Retry-After)
    ├── Unavailable          503  unavailable           (answered with Retry-After)
    ├── StatementFailed      500  internal              (repeating the statement would not help)
    └── MigrationFailed      500  migration_failed      (fails a deploy; no HTTP answer)

Status, code and message are part of the API's contract. tests/unit/test_errors.py lists them.
"""

import random
from typing import Any, ClassVar
from uuid import UUID

# Where each code of the API has a section of its own. The place is relative, because each fork has its own address.
DOCS = "docs/errors.md"
RETRY_AFTER_SECONDS = (2, 8)  # from and to, of the 503


class CarillonError(Exception):
    """The base of all errors. An unexpected exception is answered as this one.

    `message` is for people. By default it is the message of the class. Each of `details` names one fault:
    `{"field": …, "message": …}`.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    message: str = "Something went wrong on our side."

    def __init__(self, message: str | None = None, details: list[dict[str, Any]] | None = None) -> None:
        self.message = message or type(self).message
        self.details = details
        super().__init__(self.message)


class InvalidJson(CarillonError):
    """The body of a request is not JSON."""

    status = 400
    code = "invalid_json"
    message = "The request body is not valid JSON."


class Unauthorized(CarillonError):
    """The gateway accepted the token, but it identifies neither a person nor a client."""

    status = 401
    code = "unauthorized"
    message = "The token names nobody: it has no subject and no client."


class Forbidden(CarillonError):
    """The token lacks a scope that the request needs."""

    status = 403
    code = "forbidden"
    message = "This token may not do that."


class NotFound(CarillonError):
    """The resource does not exist, or belongs to another person."""

    status = 404
    code = "not_found"
    message = "There is nothing here that you may see."


class LinkInvalid(NotFound):
    """The token of a link has a wrong signature or purpose, or an operator retired its key."""

    code = "link_invalid"
    message = "This link was not made here, or not for this, or its key was retired."


class LinkExpired(CarillonError):
    """The token of a link is genuine, but too old."""

    status = 410
    code = "link_expired"
    message = "This link was good, and has expired."


class BodyTooLarge(CarillonError):
    """The body of a request is larger than its route takes."""

    status = 413
    code = "too_large"
    message = "The request body is too large."


class Encoded(CarillonError):
    """The body of a request is compressed, or in a character set that is not UTF-8."""

    status = 415
    code = "unsupported_encoding"
    message = "Send the request body as UTF-8, and not compressed."


class Invalid(CarillonError):
    """A request is readable, but breaks a rule. Without a message, its message is made from the first detail.

    `count` is how many faults there are, if `details` names only the first.
    """

    status = 422
    code = "invalid"
    message = "The request was understood, but something in it is not allowed."

    def __init__(
        self, message: str | None = None, details: list[dict[str, Any]] | None = None, count: int | None = None
    ) -> None:
        if message is None and details:
            others = (count or len(details)) - 1
            more = f" (and {others} more)" if others else ""
            message = f"{details[0]['field']}: {details[0]['message']}{more}"
        super().__init__(message, details)


class KeyReused(Invalid):
    """A request repeats an idempotency key with other content. `notification_id` is the first notification's."""

    code = "idempotency_key_reused"
    message = "This idempotency key was already used for a notification with other content."

    def __init__(
        self,
        message: str | None = None,
        details: list[dict[str, Any]] | None = None,
        notification_id: UUID | None = None,
    ) -> None:
        super().__init__(message or type(self).message, details)
        self.notification_id = notification_id


class TooMany(CarillonError):
    """A person has recorded as many notifications for themselves as the stack allows in a minute."""

    status = 429
    code = "too_many"
    message = "You have recorded as many notifications as you may in a minute."

    def __init__(
        self, message: str | None = None, details: list[dict[str, Any]] | None = None, retry_after_seconds: int = 60
    ) -> None:
        super().__init__(message, details)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(CarillonError):
    """The database or an AWS service does not answer in time. The caller may repeat the request.

    `retry_after_seconds` is random, so that callers who failed together do not come back together.
    """

    status = 503
    code = "unavailable"
    message = "The service cannot answer just now. Try again shortly; with a key, nothing is recorded twice."

    def __init__(self, message: str | None = None, details: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message, details)
        self.retry_after_seconds = random.randint(*RETRY_AFTER_SECONDS)  # noqa: S311 - jitter, not a secret


class StatementFailed(CarillonError):
    """The database refused a statement, and would refuse it again."""

    message = "The database refused a statement."


class MigrationFailed(CarillonError):
    """A deploy could not migrate the database."""

    code = "migration_failed"
    message = "The database schema could not be brought up to date."
