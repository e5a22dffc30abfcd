"""Waiting for AWS, whose new permissions take effect some seconds after they were made.

A deploy makes a policy and uses it at once. IAM copies policies to all its servers, and until then a call or a sign-in
is refused (IAM user guide, "Changes that I make are not always immediately visible").
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from aws_lambda_powertools import Logger

FIRST_DELAY_SECONDS = 1.0

logger = Logger(child=True)


@dataclass
class Patience:
    """Repeats what is refused, for `seconds` in all. The waits double from one second on.

    `clock` returns the seconds of a steady clock, and `sleep` waits.
    """

    seconds: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _give_up: float = field(init=False)

    def __post_init__(self) -> None:
        self._give_up = self.clock() + self.seconds

    def until_done[T](self, work: Callable[[], T], may_pass: Callable[[Exception], bool]) -> T:
        """Call `work` until it succeeds, and return its result.

        Raises:
            Exception: the last error of `work`, when the time is over or `may_pass` says that it will not pass.
        """
        delay = FIRST_DELAY_SECONDS
        while True:
            try:
                return work()
            except Exception as error:
                left = self._give_up - self.clock()
                if left <= 0 or not may_pass(error):
                    raise
                logger.warning("refused_for_now", extra={"error": type(error).__name__, "after_seconds": delay})
            self.sleep(min(delay, left))
            delay *= 2
