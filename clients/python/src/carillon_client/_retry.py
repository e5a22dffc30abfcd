"""When a request is repeated, and how long to wait before."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

RETRIED_STATUSES = frozenset({429, 502, 503, 504})
# Errors of httpx that a repeat cannot cure: the request itself is wrong.
_FINAL = (httpx.UnsupportedProtocol, httpx.LocalProtocolError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """When to repeat a request. Only connection errors and the statuses 429, 502, 503 and 504 are repeated.

    The wait before attempt n is random between 0 and `base * 2 ** (n - 2)` ("full jitter"), so that clients that
    failed together do not come back together. If the answer has a `Retry-After`, its seconds are added.

    Attributes:
        attempts: how often a request is sent in all. 1 switches retries off.
        base: the longest first wait, in seconds.
        longest: the longest wait without a `Retry-After`, in seconds.
        within: no attempt begins later than so many seconds after the first.
    """

    attempts: int = 5
    base: float = 0.5
    longest: float = 20.0
    within: float = 60.0

    def wait(self, attempt: int, elapsed: float, retry_after: float | None) -> float | None:
        """Return the seconds to wait after attempt `attempt`, or None to give up.

        `elapsed` has the seconds since the first attempt began.
        """
        if attempt >= self.attempts:
            return None
        jitter = random.uniform(0, min(self.longest, self.base * 2.0 ** min(attempt - 1, 60)))  # noqa: S311 - no secret
        seconds = jitter + (retry_after or 0.0)
        return seconds if elapsed + seconds <= self.within else None


def is_retriable(error: httpx.TransportError) -> bool:
    """Return whether a repeat may succeed after this error of the connection."""
    return not isinstance(error, _FINAL)


def read_retry_after(response: httpx.Response) -> float | None:
    """Return the seconds that `Retry-After` names, as a number or a date (RFC 9110, section 10.2.3), or None."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
