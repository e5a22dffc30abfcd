"""The delivery of a scheduled route: open digests, limits, quiet hours and expiry."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from tests.support.day import at, minute
from tests.support.environment import Connect

NOTIFICATION = UUID(int=1)

Placed = tuple[str, str, datetime, str | None, bool]
Place = Callable[..., Placed]
Opened = Callable[..., None]


@pytest.fixture
def opened(connect: Connect) -> Opened:
    """Return `opened("12:00:05", key, closed=True)`, which inserts deliveries for alice that are due at these times."""
    connection = connect()

    def insert(
        *clocks: str, key: str | None = None, closed: bool = False, user: str = "alice", channel: str = "email"
    ) -> None:
        for clock in clocks:
            connection.execute(
                """
                INSERT INTO deliveries
                    (id, user_id, channel, digest_key, open_digest_key, available_at, first_available_at, created_at)
                VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, %s, now())
                """,
                [user, channel, key, None if closed else key, at(clock), at(clock)],
            )

    return insert


@pytest.fixture
def place(connect: Connect) -> Place:
    """Return a function that places a notification for alice: action, reason, leaves_at, digest_key, opens."""
    connection = connect()

    def call(clock: str, key: str | None = None, *, urgent: bool = False, **options: Any) -> Placed:
        if not urgent:
            return call_once(clock, key, "warning", None, **options)
        critical, mandatory = (call_once(clock, key, *way, **options) for way in (("critical", None), ("info", True)))
        assert critical == mandatory
        return critical

    def call_once(clock: str, key: str | None, severity: str, mandatory: bool | None, *, expires_at: str | None = None,
                  quiet: tuple[str | None, str | None] = (None, None), zone: str = "UTC",
                  a_minute: int = 2) -> Placed:  # fmt: skip
        scheduled = {
            "notification_id": str(NOTIFICATION), "user_id": "alice", "channel": "email",
            "action": "digest" if key else "now", "reason": "as_routed", "rule": "stack", "mandatory": mandatory,
            "leaves_at": str(at(clock)), "digest_key": key,
        }  # fmt: skip
        notification = {
            "id": str(NOTIFICATION), "user_id": "alice", "severity": severity,
            "expires_at": expires_at and str(at(expires_at)),
        }  # fmt: skip
        plan = {"user_id": "alice", "routes": [{"channel": "email", "action": "now", "per_minute": a_minute}]}
        row = connection.execute(
            """
            SELECT to_jsonb(place(made, %(from)s, %(to)s, %(zone)s, n, %(new)s, %(limit)s, NULL)) AS place,
                to_jsonb(place(
                    made, %(from)s, %(to)s, %(zone)s, n, %(new)s, %(limit)s,
                    CASE made.action WHEN 'now' THEN 'email:alice' = ANY (full_minutes(
                        ARRAY[jsonb_populate_record(NULL::recipient_plan, %(plan)s)], made.leaves_at
                    )) END
                )) AS counted_before
            FROM jsonb_populate_record(NULL::placement, %(made)s) AS made,
                jsonb_populate_record(NULL::notifications, %(n)s) AS n
            """,
            {
                "made": Jsonb(scheduled), "from": quiet[0], "to": quiet[1], "zone": zone, "n": Jsonb(notification),
                "new": uuid4(), "limit": a_minute, "plan": Jsonb(plan),
            },
        ).fetchone()  # fmt: skip
        assert row
        assert row["counted_before"] == row["place"]
        placed = {name: value for name, value in row["place"].items() if value is not None}
        assert [placed.pop(name) for name in ("notification_id", "user_id", "channel")] == [
            str(NOTIFICATION), "alice", "email",
        ]  # fmt: skip
        if placed["action"] == "off":
            assert set(placed) == {"action", "reason"}
            return placed["action"], placed["reason"], datetime.min.replace(tzinfo=UTC), None, False
        assert (placed["rule"], placed.get("mandatory")) == ("stack", mandatory)
        found = connection.execute(
            "SELECT FROM deliveries WHERE id = %s AND available_at = %s AND open_digest_key = %s",
            [placed["delivery_id"], placed["leaves_at"], placed.get("digest_key")],
        ).fetchall()
        assert bool(found) is not placed["opens"]  # it joins an open digest of that key and time
        leaves_at = datetime.fromisoformat(placed["leaves_at"])
        return placed["action"], placed["reason"], leaves_at, placed.get("digest_key"), placed["opens"]

    return call


def single(clock: str) -> tuple[object, ...]:
    return "now", "as_routed", at(clock), None, True


def joins(clock: str, key: str, reason: str = "as_routed") -> tuple[object, ...]:
    return "digest", reason, at(clock), key, False


def opens(clock: str, key: str, reason: str = "as_routed") -> tuple[object, ...]:
    return "digest", reason, at(clock), key, True


def limit(clock: str, *, joined: bool = False) -> tuple[object, ...]:
    """Return the overflow digest that is due then."""
    return (joins if joined else opens)(f"{clock}:00", minute("limit:", clock), "rate_limited")


def silent(clock: str, *, joined: bool = False) -> tuple[object, ...]:
    """Return the digest at the end of the quiet hours."""
    return (joins if joined else opens)(f"{clock}:00", minute("quiet:", clock), "quiet_hours")


EXPIRED = ("off", "expired", datetime.min.replace(tzinfo=UTC), None, False)
NIGHT = ("22:00", "07:00")


def test_below_the_limit_each_is_sent_separately_or_in_its_digest(place: Place, opened: Opened) -> None:
    assert place("12:00:20") == single("12:00:20")
    assert place("12:05:20", "event:e") == opens("12:05:20", "event:e")
    opened("12:00:00")
    assert place("12:00:20") == single("12:00:20")


def test_joining_an_open_digest_does_not_count_for_the_limit_and_keeps_its_time(place: Place, opened: Opened) -> None:
    opened("12:03:00", "12:03:10")
    opened("12:03:50", key="event:e")
    assert place("12:05:20", "event:e", a_minute=1) == joins("12:03:50", "event:e")


def test_only_an_open_digest_of_the_same_person_and_channel_is_joined(place: Place, opened: Opened) -> None:
    opened("12:03:50", key="event:e", closed=True)
    opened("12:03:51", key="event:e", user="bob")
    opened("12:03:52", key="event:e", channel="push")
    assert place("12:05:20", "event:e") == opens("12:05:20", "event:e")


def test_the_limit_counts_deliveries_that_are_due_in_the_same_minute(
    place: Place, opened: Opened, connect: Connect
) -> None:
    opened("11:59:59.999", "12:00:00", "12:01:00", "12:01:01")
    opened("12:00:05", user="bob")
    opened("12:00:07", channel="push")
    opened("12:00:00", key=minute("limit:", "12:00"))
    assert place("12:00:20") == single("12:00:20")
    opened("12:00:59.999", key="event:e", closed=True)  # a digest counts as one, also after it was sent
    assert place("12:00:20") == limit("12:01")
    assert place("12:00:20", a_minute=3) == single("12:00:20")
    assert place("12:00:30", "event:f") == limit("12:01")  # the time at which a new digest would be due
    # A retry moves the due time of a delivery, and not the minute for which it was opened.
    connect().execute("UPDATE deliveries SET available_at = available_at + interval '10 minutes'")
    assert place("12:00:20") == limit("12:01")
    assert place("12:10:20") == single("12:10:20")


def test_a_minute_has_one_overflow_digest(place: Place, opened: Opened) -> None:
    opened("12:00:00", "12:00:01", "12:01:00", "12:01:30")
    assert place("12:00:20") == limit("12:01")  # even if the next minute is full
    opened("12:01:00", key=minute("limit:", "12:01"))
    assert place("12:00:20") == limit("12:01", joined=True)
    assert place("12:00:40", "event:e") == limit("12:01", joined=True)
    assert place("12:01:40", urgent=True) == limit("12:02")


def test_after_the_overflow_digest_was_sent_the_next_minute_opens_another(place: Place, opened: Opened) -> None:
    opened("12:00:00", "12:00:01")
    opened("12:01:00", key=minute("limit:", "12:01"), closed=True)
    assert place("12:00:58") == limit("12:02")
    opened("12:02:00", key=minute("limit:", "12:02"))
    assert place("12:00:58") == limit("12:02", joined=True)


def test_quiet_hours_defer_notifications_that_are_not_urgent(place: Place, opened: Opened) -> None:
    assert place("21:59:59", quiet=NIGHT) == single("21:59:59")
    assert place("22:00:00", quiet=NIGHT) == silent("+07:00")
    assert place("06:59:00", "event:e", quiet=NIGHT) == silent("07:00")
    assert place("06:59:00", quiet=NIGHT, urgent=True) == single("06:59:00")
    assert place("06:30:00", quiet=NIGHT, zone="Europe/Berlin") == single("06:30:00")
    assert place("05:30:00", quiet=NIGHT, zone="Europe/Berlin") == silent("06:00")
    opened("07:00:00", key=minute("quiet:", "07:00"))
    assert place("06:59:00", "event:e", quiet=NIGHT, a_minute=1) == silent("07:00", joined=True)


def test_limits_and_quiet_hours_combine(place: Place, opened: Opened) -> None:
    opened("21:59:00", "21:59:30", "+07:00:00", "+07:00:59")
    assert place("21:59:40", quiet=NIGHT, a_minute=3) == single("21:59:40")
    assert place("21:59:40", quiet=NIGHT, urgent=True) == limit("22:00")
    assert place("21:59:40", quiet=NIGHT, a_minute=2) == limit("+07:01")  # the overflow after quiet hours
    opened("+07:00:00", key=minute("quiet:", "+07:00"))
    assert place("21:59:40", quiet=NIGHT) == silent("+07:00", joined=True)  # over the limit and in quiet hours
    opened("22:00:00", key=minute("limit:", "22:00"))
    assert place("21:59:40", quiet=NIGHT) == silent("+07:00", joined=True)  # not with urgent ones
    assert place("21:59:40", quiet=NIGHT, urgent=True) == limit("22:00", joined=True)


def test_no_delivery_is_planned_after_its_expiry(place: Place, opened: Opened) -> None:
    assert place("12:00:20", expires_at="12:00:20") == EXPIRED
    assert place("12:00:20", expires_at="12:00:20.001") == single("12:00:20")
    opened("12:00:00", "12:00:01")
    assert place("12:00:20", expires_at="12:01:00") == EXPIRED  # by the limit
    assert place("21:59:59", quiet=("21:00", "07:00"), expires_at="23:00:00") == EXPIRED  # by quiet hours
    opened("12:30:00", key="event:e")
    assert place("12:40:00", "event:e", expires_at="12:35:00") == joins("12:30:00", "event:e")
