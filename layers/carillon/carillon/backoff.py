"""When a delivery is tried again: in seconds, with full jitter, so that an outage ends without a flood."""

import random

from carillon.settings import DeliverSettings


def retry_delay(settings: DeliverSettings, attempts: int) -> float:
    """Exponential backoff with full jitter after the given number of attempts."""
    ceiling = min(settings.backoff_cap_seconds, settings.backoff_base_seconds * 2 ** (attempts - 1))
    return random.uniform(0, ceiling)  # noqa: S311 - jitter, not a secret


def throttle_delay(settings: DeliverSettings, pause_seconds: int | None) -> float:
    """A short delay for a rate limit; minutes for an account whose sending is paused."""
    longest = pause_seconds if pause_seconds is not None else settings.throttle_delay_seconds
    return random.uniform(longest / 2, longest)  # noqa: S311 - jitter, not a secret
