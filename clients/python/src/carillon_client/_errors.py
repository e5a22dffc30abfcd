"""The errors that calls raise."""

from collections.abc import Mapping, Sequence
from typing import Any

from ._answers import ErrorDetail


class CarillonError(Exception):
    """A call that failed. All errors of this package are of this class.

    Attributes:
        idempotency_key: the key that a create was sent with. With it, a later repeat of the create records nothing
            twice. None if the request carried no key.
    """

    idempotency_key: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # Task queues pickle exceptions, and those with required keywords cannot be pickled otherwise.
        return _rebuild, (type(self), dict(self.__dict__), self.args)


class TransportError(CarillonError):
    """No answer came: the connection failed, was lost, or was too slow. Carillon may have done the work."""


class ConnectionTimeout(TransportError):
    """The connection or the answer took longer than `timeout`."""


class TokenError(CarillonError):
    """The token endpoint refused the client credentials, or answered no token.

    Attributes:
        code: the error code of OAuth 2.0, such as `invalid_client`, or None if the endpoint gave none.
        status: the HTTP status of the token endpoint.
    """

    def __init__(self, message: str, *, status: int, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class ApiError(CarillonError):
    """An answer that is an error.

    Attributes:
        status: the HTTP status.
        code: the stable code (docs/errors.md). `refused` if the gateway answered without a code, and `no_json` if
            the answer was not Carillon's.
        message: a sentence for people.
        details: the fields that are wrong, and why.
        request_id: the id of the request in the logs of the stack, or None.
        docs: the section about the code, relative to the repository of Carillon, or None.
        retry_after: seconds to wait before the next try, or None.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        details: Sequence[ErrorDetail] = (),
        request_id: str | None = None,
        docs: str | None = None,
        retry_after: float | None = None,
        notification_id: str | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.details = list(details)
        self.request_id = request_id
        self.docs = docs
        self.retry_after = retry_after
        self.notification_id = notification_id


class InvalidRequest(ApiError):
    """The request breaks a rule (400, 413, 415, 422). `details` names the fields."""


class KeyReused(InvalidRequest):
    """The idempotency key belongs to a notification with other content.

    Attributes:
        notification_id: the notification that has the key. `details` names the fields that differ.
    """


class Unauthorized(ApiError):
    """The token is not accepted (401), and a new one was not either."""


class Forbidden(ApiError):
    """The token lacks the scope that the call needs (403)."""


class NotFound(ApiError):
    """It does not exist, or this producer may not see it (404)."""


class RateLimited(ApiError):
    """Too many requests (429), still after all retries. `retry_after` has the seconds to wait."""


class ServerError(ApiError):
    """A fault of the service (5xx)."""


class Unavailable(ServerError):
    """The service does not answer now (502, 503, 504), still after all retries."""


_BY_STATUS: Mapping[int, type[ApiError]] = {
    400: InvalidRequest,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    413: InvalidRequest,
    415: InvalidRequest,
    422: InvalidRequest,
    429: RateLimited,
    502: Unavailable,
    503: Unavailable,
    504: Unavailable,
}


def error_class(status: int, code: str) -> type[ApiError]:
    """Return the class of the error with this status and code."""
    if code == "idempotency_key_reused":
        return KeyReused
    return _BY_STATUS.get(status, ServerError if status >= 500 else ApiError)


def _rebuild(kind: type[CarillonError], attributes: dict[str, Any], args: tuple[Any, ...]) -> CarillonError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(attributes)
    return error
