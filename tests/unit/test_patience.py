"""carillon/patience.py: how long, and for which errors, a deploy waits for a permission. The clock is simulated."""

from collections.abc import Callable

import psycopg
import pytest

from carillon.database import sign_in
from carillon.patience import Patience

REFUSED = psycopg.OperationalError('FATAL: PAM authentication failed for user "carillon_owner"')
NO_ANSWER = psycopg.OperationalError("connection timeout expired")
NO_ROLE = psycopg.OperationalError('FATAL: role "carillon_owner" does not exist')
UNTRUSTED = psycopg.OperationalError("SSL error: certificate verify failed")


class Clock:
    """A clock that only `sleep` moves. Each attempt takes `attempt_seconds`."""

    def __init__(self, attempt_seconds: float = 0) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        self.attempt_seconds = attempt_seconds

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def patience(self, seconds: float = 60) -> Patience:
        return Patience(seconds, clock=lambda: self.now, sleep=self.sleep)

    def failing(self, *errors: Exception) -> Callable[[], str]:
        """Return work that fails with these errors, the last one for ever, unless it is None."""
        attempts = iter(errors)
        last = errors[-1]

        def work() -> str:
            self.now += self.attempt_seconds
            if (error := next(attempts, last)) is not DONE:
                raise error
            return "done"

        return work


DONE = Exception()


def test_a_sign_in_that_is_refused_at_first_succeeds_later() -> None:
    clock = Clock()
    result = clock.patience().until_done(clock.failing(REFUSED, NO_ANSWER, REFUSED, DONE), sign_in.may_pass)
    assert (result, clock.waits) == ("done", [1, 2, 4])


@pytest.mark.parametrize("attempt_seconds", [0, 3])
def test_the_waits_double_and_end_after_a_minute(attempt_seconds: float) -> None:
    clock = Clock(attempt_seconds)
    with pytest.raises(psycopg.OperationalError):
        clock.patience().until_done(clock.failing(REFUSED), sign_in.may_pass)
    assert clock.waits[:5] == [1, 2, 4, 8, 16]
    assert 60 <= clock.now <= 60 + 2 * attempt_seconds


@pytest.mark.parametrize(
    "error", [NO_ROLE, UNTRUSTED, ValueError()], ids=["no role", "another certificate", "a defect"]
)
def test_an_error_that_time_does_not_mend_is_raised_at_once(error: Exception) -> None:
    clock = Clock()
    with pytest.raises(type(error)):
        clock.patience().until_done(clock.failing(error), sign_in.may_pass)
    assert clock.waits == []


def test_several_steps_of_a_deploy_share_the_minute() -> None:
    clock = Clock()
    patience = clock.patience()
    patience.until_done(clock.failing(REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, DONE), sign_in.may_pass)
    with pytest.raises(psycopg.OperationalError):
        patience.until_done(clock.failing(REFUSED), sign_in.may_pass)
    assert clock.now == 60
