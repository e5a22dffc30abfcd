"""Notification ids."""

import secrets
import time
from uuid import UUID


def uuid7() -> UUID:
    """A UUIDv7 (RFC 9562, section 5.7): it grows with time, so that ids are the order of the feed.

    The twelve bits after the milliseconds are their fraction (section 6.2, method 3), so that two notifications
    that one client records one after the other are listed in that order.
    """
    nanoseconds = time.time_ns()
    milliseconds, rest = divmod(nanoseconds, 1_000_000)
    fraction = rest * 4096 // 1_000_000
    return UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | secrets.randbits(62))
