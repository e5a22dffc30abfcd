"""Delays before the next attempt: their bounds, and that they are spread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carillon.deliveries import backoff
from carillon.settings import DeliverSettings

SETTINGS = DeliverSettings(database_url="postgresql://", queue_url="https://queue")


@given(attempts=st.integers(1, 60))
def test_a_retry_never_waits_longer_than_its_ceiling_and_the_cap(attempts: int) -> None:
    delay = backoff.retry_delay(SETTINGS, attempts)

    assert 0 <= delay <= min(60 * 2 ** (attempts - 1), 1800)


@pytest.mark.parametrize(
    ("attempts", "ceiling"), [(1, 60), (2, 120), (3, 240), (4, 480), (5, 960), (6, 1800), (9, 1800)]
)
def test_full_jitter_uses_the_whole_range(attempts: int, ceiling: int) -> None:
    delays = [backoff.retry_delay(SETTINGS, attempts) for _ in range(400)]

    # The chance that 400 uniform draws miss the lowest or the highest tenth is below 1e-18.
    assert min(delays) < ceiling / 10
    assert ceiling * 9 / 10 < max(delays) <= ceiling


@pytest.mark.parametrize(("pause", "shortest", "longest"), [(None, 7.5, 15), (300, 150, 300), (0, 0, 0)])
def test_a_throttle_waits_shortly_and_a_pause_at_most_its_own_time(
    pause: int | None, shortest: float, longest: float
) -> None:
    delays = [backoff.throttle_delay(SETTINGS, pause) for _ in range(200)]

    assert shortest <= min(delays) <= max(delays) <= longest
    assert len(set(delays)) > 1 or not longest


@pytest.mark.parametrize(("throttles", "longest"), [(0, 15), (1, 30), (4, 240), (5, 480), (50, 480)])
def test_a_throttle_waits_twice_as_long_each_time(throttles: int, longest: float) -> None:
    delays = [backoff.throttle_delay(SETTINGS, None, throttles) for _ in range(200)]

    assert longest / 2 <= min(delays) <= longest * 0.6
    assert longest * 0.9 <= max(delays) <= longest


@pytest.mark.parametrize(("failures", "seconds"), [(1, 60), (2, 120), (3, 240), (4, 300), (5, 300), (10_000, 300)])
def test_a_channel_is_probed_less_and_less_often(failures: int, seconds: int) -> None:
    assert backoff.probe_interval(SETTINGS, failures) == seconds


def test_deliveries_of_an_outage_return_spread_out_after_the_probe() -> None:
    delays = [backoff.outage_delay(60) for _ in range(200)]

    assert 60 <= min(delays) < 70
    assert 110 < max(delays) <= 120
