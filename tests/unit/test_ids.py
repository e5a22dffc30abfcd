"""Ids grow with time, because the feed is in the order of the ids."""

import time
from uuid import UUID

import pytest

from carillon import ids


def test_an_id_is_a_uuid_7_of_the_current_time(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = 1_795_000_000_123_456_789
    monkeypatch.setattr(time, "time_ns", lambda: moment)
    made = ids.uuid7()
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == moment // 1_000_000
    assert made.int >> 64 & 0xFFF == 456_789 * 4096 // 1_000_000
    assert ids.uuid7() != made


def test_ids_grow_with_time_within_a_millisecond(monkeypatch: pytest.MonkeyPatch) -> None:
    start = 1_795_000_000_000_000_000
    made: list[UUID] = []
    for nanoseconds in range(0, 3_000_000, 500):
        monkeypatch.setattr(time, "time_ns", lambda: start + nanoseconds)  # noqa: B023 (called before it changes)
        made.append(ids.uuid7())
    assert made == sorted(made)
    assert len(set(made)) == len(made)
