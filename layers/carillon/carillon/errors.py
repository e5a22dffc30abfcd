"""Every error a caller can meet. The message of each is the first line of its docstring.

Exception
└── CarillonError            500  internal
    ├── InvalidJson          400  invalid_json
    ├── Unauthorized         401  unauthorized
    ├── Forbidden            403  forbidden
    ├── NotFound             404  not_found
    │   └── LinkInvalid      404  link_invalid          (answered as a page, and so is the next)
    ├── LinkExpired          410  link_expired
    ├── Invalid              422  invalid
    │   └── KeyReused        422  idempotency_key_reused
    ├── Unavailable          503  unavailable           (answered with Retry-After)
    ├── StatementFailed      500  internal              (a statement that repeating will not mend)
    └── MigrationFailed      500  migration_failed      (fails a deploy; no HTTP answer)
"""

from typing import Any, ClassVar


class CarillonError(Exception):
    """Something went wrong on our side."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"

    def __init__(self, message: str | None = None, details: list[dict[str, Any]] | None = None) -> None:
        self.message = message or (type(self).__doc__ or "").split("\n", 1)[0]
        self.details = details
        super().__init__(self.message)


class InvalidJson(CarillonError):
    """The request body is not valid JSON."""

    status = 400
    code = "invalid_json"


class Unauthorized(CarillonError):
    """The token names nobody: it has no subject and no client."""

    status = 401
    code = "unauthorized"


class Forbidden(CarillonError):
    """This token may not do that."""

    status = 403
    code = "forbidden"


class NotFound(CarillonError):
    """There is nothing here that you may see."""

    status = 404
    code = "not_found"


class LinkInvalid(NotFound):
    """This link was not made here, or not for this, or its key was retired."""

    code = "link_invalid"


class LinkExpired(CarillonError):
    """This link was good, and has expired."""

    status = 410
    code = "link_expired"


class Invalid(CarillonError):
    """The request was understood, but something in it is not allowed."""

    status = 422
    code = "invalid"

    def __init__(self, message: str | None = None, details: list[dict[str, Any]] | None = None) -> None:
        if message is None and details:
            more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
            message = f"{details[0]['field']}: {details[0]['message']}{more}"
        super().__init__(message, details)


class KeyReused(Invalid):
    """This idempotency key was already used for a notification with other content."""

    code = "idempotency_key_reused"


class Unavailable(CarillonError):
    """The service cannot answer just now. Try again shortly; with a key, nothing is recorded twice."""

    status = 503
    code = "unavailable"
    retry_after_seconds = 2


class StatementFailed(CarillonError):
    """The database refused a statement."""


class MigrationFailed(CarillonError):
    """The database schema could not be brought up to date."""

    code = "migration_failed"
