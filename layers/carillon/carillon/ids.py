"""The ids of notifications, and the bucket of a person that they carry."""

import hashlib
import secrets
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def bucket_of(user_id: str) -> int:
    """Return the bucket of a person, 0 to 1023: the first ten bits of the SHA-256 of the id in UTF-8.

    The function of the same name in `11_uuidv7.sql` returns the same. Stored ids carry it, so it never changes.
    """
    return int.from_bytes(hashlib.sha256(user_id.encode()).digest()[:2]) >> 6


def uuid7(moment: datetime | None = None, user_id: str | None = None) -> UUID:
    """Return a UUIDv7 (RFC 9562, section 5.7). It grows with time, so the feed is sorted by id.

    The twelve bits after the milliseconds hold their fraction (section 6.2, method 3). So two notifications that one
    client records one after the other keep that order. If `moment` is in the future, the id has the time of `moment`.
    So a scheduled notification appears on top of the feed when it becomes visible.

    With `user_id`, the ten bits after the variant are the bucket of the person, and 52 random bits remain. So an id
    alone tells where a table that is split by person has the row.
    """
    nanoseconds = time.time_ns()
    if moment is not None:
        nanoseconds = max(nanoseconds, (moment - _EPOCH) // timedelta(microseconds=1) * 1000)
    milliseconds, remainder = divmod(nanoseconds, 1_000_000)
    fraction = remainder * 4096 // 1_000_000
    tail = secrets.randbits(62) if user_id is None else bucket_of(user_id) << 52 | secrets.randbits(52)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | tail)
