"""Delays before a delivery is due again, in seconds. Jitter spreads them, so an outage does not end in a flood."""

import random

from carillon.settings import DeliverSettings

MAX_DOUBLINGS_OF_A_THROTTLE = 5
MAX_DOUBLINGS_OF_A_PROBE = 10  # bounds the power; the cap of the settings is reached long before


def retry_delay(settings: DeliverSettings, attempts: int) -> float:
    """Return the delay after the given number of attempts: exponential backoff with full jitter."""
    ceiling = min(settings.backoff_cap_seconds, settings.backoff_base_seconds * 2 ** (attempts - 1))
    return random.uniform(0, ceiling)  # noqa: S311 - jitter, not a secret


def throttle_delay(settings: DeliverSettings, pause_seconds: int | None, throttles: int = 0) -> float:
    """Return the delay after a throttle: short for a rate limit, `pause_seconds` for a paused account.

    The short delay doubles with each of the `throttles` before this one. Otherwise a backlog far above the rate would
    send requests to the provider all the time.
    """
    doublings = min(throttles, MAX_DOUBLINGS_OF_A_THROTTLE)
    longest = settings.throttle_delay_seconds * 2**doublings if pause_seconds is None else pause_seconds
    return random.uniform(longest / 2, longest)  # noqa: S311 - jitter, not a secret


def probe_interval(settings: DeliverSettings, failures: int) -> int:
    """Return how long the circuit breaker pauses a channel after the given number of failures in a row."""
    doublings = min(failures - 1, MAX_DOUBLINGS_OF_A_PROBE)
    return min(settings.probe_cap_seconds, settings.probe_seconds * 2**doublings)


def outage_delay(interval: int) -> float:
    """Return the delay of a delivery that waits for the circuit breaker: once to twice the channel's pause."""
    return random.uniform(interval, 2 * interval)  # noqa: S311 - jitter, not a secret
