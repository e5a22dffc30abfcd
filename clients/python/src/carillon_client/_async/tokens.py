"""Where the asynchronous client takes its tokens from."""

import time
from typing import Protocol

import httpx

from .._credentials import ClientCredentials, Token, read_token, token_error
from .._platform import AsyncLock, AsyncTokenFunction, async_call
from .exchange import AsyncExchange


class AsyncTokens(Protocol):
    """A source of tokens."""

    async def get(self, stale: str | None = None) -> str:
        """Return a token. `stale` is a token that the API refused: another one is wanted."""
        ...


class AsyncGivenToken:
    """A token that the application gives, as a text or by a function."""

    def __init__(self, token: str | AsyncTokenFunction) -> None:
        self._token = token

    async def get(self, stale: str | None = None) -> str:  # noqa: ARG002 - the function always gives its newest
        """Return the token."""
        return self._token if isinstance(self._token, str) else await async_call(self._token)


class AsyncCredentialsToken:
    """Tokens by client credentials: kept until shortly before they end, and requested by one caller at a time."""

    def __init__(self, credentials: ClientCredentials, exchange: AsyncExchange) -> None:
        self._credentials = credentials
        self._exchange = exchange
        self._lock = AsyncLock()
        self._kept: Token | None = None

    async def get(self, stale: str | None = None) -> str:
        """Return the kept token, or request one.

        Raises:
            TokenError: the token endpoint refuses.
            TransportError: it does not answer.
        """
        if (token := self._current(stale)) is not None:
            return token
        async with self._lock:
            if (token := self._current(stale)) is not None:
                return token  # another caller requested it meanwhile
            requested_at = time.monotonic()
            given = self._credentials
            request = httpx.Request("POST", given.token_url, headers=given.headers(), content=given.form())
            response = await self._exchange.send(request, token_error)
            self._kept = read_token(response, requested_at)
            return self._kept.text

    def _current(self, stale: str | None) -> str | None:
        kept = self._kept
        return kept.text if kept and kept.text != stale and time.monotonic() < kept.renew_at else None
