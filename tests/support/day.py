"""Times of one day, for tests of schedules and placements."""

from datetime import datetime, timedelta

DAY = "2026-11-24"


def at(clock: str | None) -> datetime | None:
    """Return a time of that day, or of the next day after `+`."""
    if clock is None:
        return None
    return datetime.fromisoformat(f"{DAY}T{clock.removeprefix('+')}Z") + timedelta(days=clock.startswith("+"))


def minute(kind: str, clock: str) -> str:
    """Return a key such as `limit:2026-11-24T12:01Z`."""
    return f"{kind}{at(clock):%Y-%m-%dT%H:%MZ}"
