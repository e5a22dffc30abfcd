"""The circuit breaker of a container's database connection.

After a failure there is no attempt for a while, so requests are answered at once, and the database gets few new
connections while it recovers. Sign-in by IAM allows only about 200 of them a second, for all containers together.
"""

import random
from time import monotonic

FIRST_PAUSE_SECONDS = 0.5
LAST_PAUSE_SECONDS = 8.0


class Breaker:
    """Knows after a failure when the next attempt may begin.

    The pause begins at FIRST_PAUSE_SECONDS and doubles with each failure, up to LAST_PAUSE_SECONDS. Half of each pause
    is random, so that containers which failed together do not come back together.
    """

    def __init__(self) -> None:
        self._pause = FIRST_PAUSE_SECONDS  # after the next failure
        self._open_until = 0.0

    def seconds_left(self) -> float:
        """Return for how many seconds there must be no attempt. It is 0 if the breaker is closed or half-open."""
        return max(0.0, self._open_until - monotonic())

    def failed(self) -> None:
        """Open the breaker: the database refused a connection, or did not answer."""
        self._open_until = monotonic() + self._pause * (1 + random.random()) / 2  # noqa: S311 - jitter, not a secret
        self._pause = min(self._pause * 2, LAST_PAUSE_SECONDS)

    def succeeded(self) -> None:
        """Close the breaker: the database answered."""
        self._pause, self._open_until = FIRST_PAUSE_SECONDS, 0.0
