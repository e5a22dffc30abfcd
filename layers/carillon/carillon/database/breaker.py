"""The circuit breaker of a container's database connection.

After a failure there is no attempt for a while, so requests are answered at once, and the database gets few new
connections while it recovers. Sign-in by IAM allows only about 200 of them a second, for all containers together.
"""

import random
from time import monotonic

FIRST_PAUSE_SECONDS = 0.5
LAST_PAUSE_SECONDS = 8.0


class Breaker:
    """Counts the failures in a row, and tells when the next attempt may begin.

    The pause begins at FIRST_PAUSE_SECONDS and doubles with each failure, up to LAST_PAUSE_SECONDS. Half of each pause
    is random, so that containers which failed together do not come back together.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._open_until = 0.0

    def seconds_left(self) -> float:
        """Return for how many seconds there must be no attempt. It is 0 if the breaker is closed or half-open."""
        return max(0.0, self._open_until - monotonic()) if self._failures else 0.0

    def failed(self) -> None:
        """Open the breaker: the database refused a connection, or did not answer."""
        pause = min(FIRST_PAUSE_SECONDS * 2**self._failures, LAST_PAUSE_SECONDS)
        self._failures += 1
        self._open_until = monotonic() + pause * (1 + random.random()) / 2  # noqa: S311 - jitter, not a secret

    def succeeded(self) -> None:
        """Close the breaker: the database answered."""
        self._failures = 0
