"""When a delivery is tried again: in seconds, with full jitter, so that an outage ends without a flood."""

import random

from carillon.settings import DeliverSettings


def retry_delay(settings: DeliverSettings, attempts: int) -> float:
    """Exponential backoff with full jitter after the given number of attempts."""
    ceiling = min(settings.backoff_cap_seconds, settings.backoff_base_seconds * 2 ** (attempts - 1))
    return random.uniform(0, ceiling)  # noqa: S311 - jitter, not a secret


def throttle_delay(settings: DeliverSettings, pause_seconds: int | None, throttles: int = 0) -> float:
    """A short delay for a rate limit, twice as long after each throttle; minutes for an account that is paused.

    `throttles` is how many came before this one. A backlog far above the rate would else ask the provider all the time.
    """
    longest = settings.throttle_delay_seconds * 2 ** min(throttles, 5) if pause_seconds is None else pause_seconds
    return random.uniform(longest / 2, longest)  # noqa: S311 - jitter, not a secret


def probe_interval(settings: DeliverSettings, failures: int) -> int:
    """How long a channel pauses itself after nothing got through for the given number of times."""
    return min(settings.probe_cap_seconds, settings.probe_seconds * 2 ** min(failures - 1, 10))


def outage_delay(interval: int) -> float:
    """When a delivery comes back that waits for a channel's own pause: after it, spread over as long again."""
    return random.uniform(interval, 2 * interval)  # noqa: S311 - jitter, not a secret
