"""Notification ids."""

import secrets
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def uuid7(moment: datetime | None = None) -> UUID:
    """A UUIDv7 (RFC 9562, section 5.7): it grows with time, so that ids are the order of the feed.

    The twelve bits after the milliseconds are their fraction (section 6.2, method 3), so that two notifications
    that one client records one after the other are listed in that order. With a `moment` that is still to come, the
    id is of that moment: what is scheduled appears on top when its time comes.
    """
    nanoseconds = time.time_ns()
    if moment is not None:
        nanoseconds = max(nanoseconds, (moment - _EPOCH) // timedelta(microseconds=1) * 1000)
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = rest * 4096 // 1_000_000
    return UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62))
