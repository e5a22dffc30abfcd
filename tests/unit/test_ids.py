"""Ids grow with time, because the feed is in the order of the ids."""

import time
from collections import Counter
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


def test_an_id_of_a_person_carries_the_bucket_and_keeps_its_random_bits() -> None:
    made = [ids.uuid7(user_id="alice") for _ in range(2000)]
    assert {(each.version, each.variant) for each in made} == {(7, "specified in RFC 4122")}
    assert {each.int >> 52 & 0x3FF for each in made} == {ids.bucket_of("alice")}
    # Each of the 52 bits below it is set in about half of the ids.
    tails = [each.int & (1 << 52) - 1 for each in made]
    assert all(700 < sum(tail >> bit & 1 for tail in tails) < 1300 for bit in range(52))


def test_an_id_of_nobody_is_random_in_the_bits_of_the_bucket() -> None:
    assert len({ids.uuid7().int >> 52 & 0x3FF for _ in range(200)}) > 100


def test_the_buckets_never_change_and_have_about_the_same_size() -> None:
    # Stored ids carry these numbers, so the function must never change.
    assert {name: ids.bucket_of(name) for name in ("alice", "bob", "zoë", "")} == {
        "alice": 0x2BD8 >> 6, "bob": 0x81B6 >> 6, "zoë": 0x2752 >> 6, "": 0xE3B0 >> 6,
    }  # fmt: skip
    sizes = Counter(ids.bucket_of(f"user-{number}") for number in range(102_400))
    assert len(sizes) == 1024
    assert max(sizes.values()) < 160
