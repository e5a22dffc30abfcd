"""The sources that checks ask: AWS with the operator's credentials, the issuer and the API over HTTP, and DNS.

An error of AWS becomes the reason why a check is not checked. `Sources` keeps what several checks need.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from cli.session import Session
from cli.stack import CannotReach, Stack

# The services whose name in IAM differs from that in botocore.
_IN_IAM = {"sesv2": "ses", "service-quotas": "servicequotas"}
_IN_ONE_REGION = {"freetier": "us-east-1"}
_DENIED = {
    "AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException", "NotAuthorized",
    "UnauthorizedException", "UnauthorizedOperation",
}  # fmt: skip
_BAD_CREDENTIALS = {
    "AuthFailure", "ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "InvalidSignatureException",
    "SignatureDoesNotMatch", "UnrecognizedClientException", "RequestExpired",
}  # fmt: skip


class NotChecked(Exception):
    """A check could not be made. `code` is that of a finding, with its facts."""

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class Denied(NotChecked):
    """The operator's credentials do not allow an action."""

    def __init__(self, action: str) -> None:
        super().__init__("no_permission", action=action)


class AwsRefused(NotChecked):
    """AWS answered with another error. A check may know what it means."""

    def __init__(self, action: str, error: str) -> None:
        super().__init__("aws_refused", action=action, error=error)
        self.error = error


@dataclass(frozen=True, slots=True)
class Page:
    """An answer over HTTP: the status, the start of the body, and the header `Date`."""

    status: int
    body: bytes
    date: str | None = None


class Fetch(Protocol):
    """Get a URL. It raises NotChecked only for what says nothing about the other side; otherwise OSError."""

    def __call__(self, url: str) -> Page: ...


class Resolve(Protocol):
    """Return the records of a name as text, none if there are none. It raises NotChecked if DNS does not answer."""

    def __call__(self, name: str, kind: str) -> list[str]: ...


class Sources:
    """The sources of one run."""

    def __init__(self, session: Session, *, fetch: Fetch, resolve: Resolve, token: str | None = None) -> None:
        self.session = session
        self.fetch = fetch
        self.resolve = resolve
        self.token = token  # never shown and never stored
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._clients: dict[str, Any] = {}
        self._kept: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """Return the client of a service. Threads share it, but botocore must not make two at the same time."""
        with self._lock:
            if service not in self._clients:
                try:
                    self._clients[service] = self._stack(service).client(service)
                except CannotReach as error:
                    raise NotChecked("no_client", reason=str(error)) from None
            return self._clients[service]

    def _stack(self, service: str) -> Stack:
        """Return the stack whose region has the service."""
        stack = self.session.stack
        elsewhere = _IN_ONE_REGION.get(service)
        return Stack(replace(stack.target, region=elsewhere)) if elsewhere else stack

    @property
    def is_local(self) -> bool:
        """True if the stack is the devstack, whose emulator lacks some of AWS."""
        return self.session.stack.target.is_local

    @property
    def region(self) -> str:
        """The region that the operator chose. STS and IAM would answer without one, Lambda does not."""
        return str(self.client("lambda").meta.region_name)

    def ask(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        """Return the answer to one request.

        Raises:
            Denied, AwsRefused, NotChecked: there is no answer that says something about the account.
        """
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

        client = self.client(service)
        action = action_of(client, service, operation)
        try:
            return getattr(client, operation)(**parameters)
        except (NoCredentialsError, PartialCredentialsError):
            raise NotChecked("no_credentials") from None
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "unknown"))
            if code in _DENIED:
                raise Denied(action) from None
            if code in _BAD_CREDENTIALS:
                raise NotChecked("bad_credentials", error=code) from None
            raise AwsRefused(action, code) from None
        except BotoCoreError as error:
            raise NotChecked("aws_silent", action=action, error=type(error).__name__) from None

    def pages(self, service: str, operation: str, field: str, *, after: str = "NextToken", **given: Any) -> list[Any]:
        """Return a list of an answer that comes in pages. It raises what `ask` raises."""
        found: list[Any] = []
        following: dict[str, Any] = {}
        while True:
            answer = self.ask(service, operation, **given, **following)
            found += answer.get(field, [])
            if not answer.get(after):
                return found
            following = {after: answer[after]}

    def keep[Value](self, name: str, make: Callable[[], Value]) -> Value:
        """Return a value that several checks need, made by the first of them. Its error is kept, too."""
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if name not in self._kept:
                try:
                    self._kept[name] = make()
                except NotChecked as reason:
                    self._kept[name] = reason
            kept = self._kept[name]
        if isinstance(kept, NotChecked):
            raise kept
        return kept


def action_of(client: Any, service: str, operation: str) -> str:
    """Return the IAM action of a method of a client."""
    called = client.meta.method_to_api_mapping[operation]
    return f"{_IN_IAM.get(service, service)}:{called}"
