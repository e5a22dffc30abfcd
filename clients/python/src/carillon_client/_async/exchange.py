"""One request and its repeats, asynchronous."""

import time
from collections.abc import Callable

import httpx

from .._errors import ApiError, CarillonError, ConnectionTimeout, TokenError, TransportError
from .._platform import async_sleep
from .._retry import RETRIED_STATUSES, Retry, is_retriable, read_retry_after


class AsyncExchange:
    """Sends requests, and repeats those that may succeed later."""

    def __init__(self, http: httpx.AsyncClient, retry: Retry) -> None:
        self._http = http
        self._retry = retry

    async def send(
        self, request: httpx.Request, refused: Callable[[httpx.Response], ApiError | TokenError]
    ) -> httpx.Response:
        """Return the answer to a request. `refused` makes the error of an answer without success.

        Raises:
            CarillonError: no attempt succeeded; the error is that of the last.
        """
        began = time.monotonic()
        attempt = 0
        while True:
            attempt += 1
            retry_after = None
            try:
                response = await self._http.send(request)
            except httpx.TransportError as error:
                failure: CarillonError = _no_answer(request, error)
                cause: Exception | None = error
                again = is_retriable(error)
            else:
                if response.is_success:
                    return response
                failure, cause = refused(response), None
                again = response.status_code in RETRIED_STATUSES
                retry_after = read_retry_after(response)
            wait = self._retry.wait(attempt, time.monotonic() - began, retry_after) if again else None
            if wait is None:
                raise failure from cause
            await async_sleep(wait)


def _no_answer(request: httpx.Request, error: httpx.TransportError) -> TransportError:
    kind = ConnectionTimeout if isinstance(error, httpx.TimeoutException) else TransportError
    reason = str(error) or type(error).__name__
    return kind(f"no answer from {request.url.host}: {reason}")
