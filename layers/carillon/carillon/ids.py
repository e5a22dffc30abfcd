"""The ids of notifications."""

import secrets
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def uuid7(moment: datetime | None = None) -> UUID:
    """Return a UUIDv7 (RFC 9562, section 5.7). It grows with time, so the feed is sorted by id.

    The twelve bits after the milliseconds hold their fraction (section 6.2, method 3). So two notifications that one
    client records one after the other keep that order. If `moment` is in the future, the id has the time of `moment`.
    So a scheduled notification appears on top of the feed when it becomes visible.
    """
    nanoseconds = time.time_ns()
    if moment is not None:
        nanoseconds = max(nanoseconds, (moment - _EPOCH) // timedelta(microseconds=1) * 1000)
    milliseconds, remainder = divmod(nanoseconds, 1_000_000)
    fraction = remainder * 4096 // 1_000_000
    return UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62))
