"""The asynchronous client of the API."""

import platform
from types import TracebackType
from typing import Self, TypeVar

import httpx

from .. import _requests
from .._credentials import ClientCredentials
from .._errors import CarillonError, Unauthorized
from .._platform import AsyncTokenFunction
from .._requests import Request, error_of
from .._retry import Retry
from .._version import __version__
from .exchange import AsyncExchange
from .resources import AsyncNotificationsResource, AsyncRecipientsResource
from .tokens import AsyncCredentialsToken, AsyncGivenToken, AsyncTokens

T = TypeVar("T")

_AGENT = f"carillon-client/{__version__} python/{platform.python_version()} httpx/{httpx.__version__}"


class AsyncClient:
    """An asynchronous client of Carillon's HTTP API, for backends.

    One client serves the whole application: it keeps connections and the token. It may be shared by
    all tasks of an event loop. Close it with `aclose`, or use it as a context manager.

    Args:
        base_url: the address of the API, https except on this machine.
        token: client credentials, a token, or a function that returns one before each request.
        timeout: seconds for each step of an attempt, as in httpx.
        retry: when to repeat a request.
        transport: another transport of httpx, such as a proxy's or that of a test.
        user_agent: the name of the application, put before that of this package.
    """

    def __init__(
        self,
        base_url: str,
        *,
        token: ClientCredentials | str | AsyncTokenFunction,
        timeout: float | httpx.Timeout = 10.0,
        retry: Retry | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        user_agent: str | None = None,
    ) -> None:
        self._base_url = _requests.checked_base_url(base_url)
        agent = f"{user_agent} {_AGENT}" if user_agent else _AGENT
        self._http = httpx.AsyncClient(timeout=timeout, transport=transport, headers={"User-Agent": agent})
        self._exchange = AsyncExchange(self._http, retry or Retry())
        self._tokens: AsyncTokens = (
            AsyncCredentialsToken(token, self._exchange)
            if isinstance(token, ClientCredentials)
            else AsyncGivenToken(token)
        )
        self.notifications = AsyncNotificationsResource(self._send)
        """Recording, retracting and explaining notifications."""
        self.recipients = AsyncRecipientsResource(self._send)
        """The contact data and the preferences of people, and erasing them."""

    async def health(self) -> None:
        """Return if the API and its database answer. No token is sent.

        Raises:
            Unavailable: the database does not answer.
        """
        await self._exchange.send(self._build(_requests.health()), error_of)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def _send(self, request: Request[T]) -> T:
        """Return the result of a request. If the token was refused, try once with another one."""
        try:
            token = await self._tokens.get()
            try:
                response = await self._exchange.send(self._build(request, token), error_of)
            except Unauthorized:
                renewed = await self._tokens.get(stale=token)
                if renewed == token:
                    raise
                response = await self._exchange.send(self._build(request, renewed), error_of)
            return request.read(response)
        except CarillonError as error:
            error.idempotency_key = request.idempotency_key
            raise

    def _build(self, request: Request[T], token: str | None = None) -> httpx.Request:
        headers = {"Accept": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if request.content is not None:
            headers["Content-Type"] = "application/json"
        return self._http.build_request(
            request.method, f"{self._base_url}{request.path}", headers=headers, content=request.content
        )
