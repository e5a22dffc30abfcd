"""The circuit breaker of a container's connection, on a simulated clock."""

import pytest

from carillon.database import breaker
from carillon.database.breaker import Breaker


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the clock: a list with the current time, which the test sets."""
    now = [1000.0]
    monkeypatch.setattr(breaker, "monotonic", lambda: now[0])
    return now


def test_a_new_breaker_is_closed() -> None:
    assert Breaker().seconds_left() == 0


def test_each_failure_doubles_the_pause_up_to_eight_seconds_and_half_of_it_is_random(clock: list[float]) -> None:
    pauses: list[set[float]] = [set() for _ in range(7)]
    for _ in range(200):
        one = Breaker()
        for number in range(7):
            one.failed()
            pauses[number].add(one.seconds_left())
            clock[0] += one.seconds_left()
            assert one.seconds_left() == 0, "half-open: one attempt may begin"
    for longest, seen in zip([0.5, 1, 2, 4, 8, 8, 8], pauses, strict=True):
        assert longest / 2 <= min(seen) < longest * 0.6
        assert longest * 0.9 < max(seen) <= longest


def test_a_success_closes_it_and_the_next_pause_is_short_again(clock: list[float]) -> None:
    one = Breaker()
    for _ in range(5):
        one.failed()
    one.succeeded()
    assert one.seconds_left() == 0
    one.failed()
    assert one.seconds_left() <= 0.5


def test_an_outage_of_hours_ends_like_any_other(clock: list[float]) -> None:
    one = Breaker()
    for _ in range(3000):
        one.failed()
    assert 4 <= one.seconds_left() <= 8
    clock[0] += 8
    assert one.seconds_left() == 0
