"""Quiet hours in the person's time zone, also on the days on which clocks change."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.rows import DictRow

from tests.support.environment import Connect

# from, to, clock → quiet
CLOCKS = [
    ("12:00", "14:00", "11:59:59", False),
    ("12:00", "14:00", "12:00", True),
    ("12:00", "14:00", "13:59:59.999", True),
    ("12:00", "14:00", "14:00", False),
    ("22:00", "07:00", "21:59:59", False),
    ("22:00", "07:00", "22:00", True),
    ("22:00", "07:00", "00:00", True),
    ("22:00", "07:00", "06:59:59", True),
    ("22:00", "07:00", "07:00", False),
    ("00:00", "07:00", "00:00", True),
    ("22:00", "00:00", "23:59:59", True),
    ("22:00", "00:00", "00:00", False),
    ("00:01", "00:00", "00:00:59", False),  # all day except one minute
    ("00:01", "00:00", "00:01", True),
]

# zone, from, to, moment → end
ORDINARY = [
    ("UTC", "22:00", "07:00", "2026-06-01T21:59:59Z", None),
    ("UTC", "22:00", "07:00", "2026-06-01T22:00Z", "2026-06-02T07:00Z"),
    ("UTC", "22:00", "07:00", "2026-06-02T00:00Z", "2026-06-02T07:00Z"),
    ("UTC", "22:00", "07:00", "2026-06-02T06:59:59.999Z", "2026-06-02T07:00Z"),
    ("UTC", "22:00", "07:00", "2026-06-02T07:00Z", None),
    ("UTC", "12:00", "14:00", "2026-06-01T11:59Z", None),
    ("UTC", "12:00", "14:00", "2026-06-01T12:00Z", "2026-06-01T14:00Z"),
    ("UTC", "12:00", "14:00", "2026-06-01T14:00Z", None),
    ("UTC", "22:00", "00:00", "2026-12-31T23:59Z", "2027-01-01T00:00Z"),
    ("UTC", "00:01", "00:00", "2026-06-01T00:00:30Z", None),
    ("UTC", "00:01", "00:00", "2026-06-01T00:01Z", "2026-06-02T00:00Z"),
    ("UTC", "08:00", "07:59", "2026-06-01T08:00:20Z", "2026-06-02T07:59Z"),
    ("UTC", None, None, "2026-06-01T23:00Z", None),
    ("Europe/Berlin", "22:00", "07:00", "2026-06-01T19:59Z", None),
    ("Europe/Berlin", "22:00", "07:00", "2026-06-01T20:00Z", "2026-06-02T05:00Z"),
    ("Europe/Berlin", "22:00", "07:00", "2026-12-01T20:00Z", None),
    ("Europe/Berlin", "22:00", "07:00", "2026-12-01T21:00Z", "2026-12-02T06:00Z"),
    ("America/New_York", "22:00", "07:00", "2026-06-02T01:59Z", None),
    ("America/New_York", "22:00", "07:00", "2026-06-02T02:00Z", "2026-06-02T11:00Z"),
    ("Asia/Kolkata", "22:00", "07:00", "2026-06-01T16:30Z", "2026-06-02T01:30Z"),
    ("Asia/Kolkata", "12:00", "14:15", "2026-06-01T08:44Z", "2026-06-01T08:45Z"),
    ("Australia/Lord_Howe", "22:00", "07:00", "2026-06-01T11:30Z", "2026-06-01T20:30Z"),
    ("Australia/Lord_Howe", "22:00", "07:00", "2026-01-01T11:00Z", "2026-01-01T20:00Z"),
    ("Mars/Olympus", "22:00", "07:00", "2026-06-01T21:59Z", None),  # unknown: UTC
    ("Mars/Olympus", "22:00", "07:00", "2026-06-01T22:00Z", "2026-06-02T07:00Z"),
]

SPRING = [
    # 2026-03-29T01:00Z: 02:00 is 03:00.
    ("Europe/Berlin", "22:00", "07:00", "2026-03-28T21:30Z", "2026-03-29T05:00Z"),
    ("Europe/Berlin", "22:00", "02:30", "2026-03-28T22:00Z", "2026-03-29T01:00Z"),  # the end is skipped
    ("Europe/Berlin", "22:00", "02:30", "2026-03-29T01:00Z", None),
    ("Europe/Berlin", "02:30", "05:00", "2026-03-29T00:59Z", None),  # the start is skipped
    ("Europe/Berlin", "02:30", "05:00", "2026-03-29T01:00Z", "2026-03-29T03:00Z"),
    ("Europe/Berlin", "02:15", "02:45", "2026-03-29T00:59Z", None),  # all of it is skipped
    ("Europe/Berlin", "02:15", "02:45", "2026-03-29T01:00Z", None),
    ("Europe/Berlin", "02:45", "02:15", "2026-03-29T00:30Z", "2026-03-30T00:15Z"),  # the loud time is skipped
    ("Europe/Berlin", "03:10", "02:30", "2026-03-29T00:30Z", "2026-03-29T01:00Z"),
    # 2026-03-08T07:00Z: 02:00 is 03:00.
    ("America/New_York", "22:00", "07:00", "2026-03-08T03:30Z", "2026-03-08T11:00Z"),
    ("America/New_York", "22:00", "02:30", "2026-03-08T06:30Z", "2026-03-08T07:00Z"),
    ("America/New_York", "02:30", "05:00", "2026-03-08T07:00Z", "2026-03-08T09:00Z"),
    # 2026-10-03T15:30Z: 02:00 is 02:30.
    ("Australia/Lord_Howe", "22:00", "02:15", "2026-10-03T12:00Z", "2026-10-03T15:30Z"),
    ("Australia/Lord_Howe", "22:00", "07:00", "2026-10-03T12:00Z", "2026-10-03T20:00Z"),
]

AUTUMN = [
    # 2026-10-25T01:00Z: 03:00 is 02:00.
    ("Europe/Berlin", "22:00", "07:00", "2026-10-24T21:00Z", "2026-10-25T06:00Z"),
    ("Europe/Berlin", "22:00", "02:30", "2026-10-24T22:00Z", "2026-10-25T00:30Z"),  # the end comes twice
    ("Europe/Berlin", "22:00", "02:30", "2026-10-25T00:45Z", None),
    ("Europe/Berlin", "22:00", "02:30", "2026-10-25T01:00Z", "2026-10-25T01:30Z"),
    ("Europe/Berlin", "02:30", "05:00", "2026-10-25T00:29Z", None),  # the start comes twice
    ("Europe/Berlin", "02:30", "05:00", "2026-10-25T00:40Z", "2026-10-25T01:00Z"),
    ("Europe/Berlin", "02:30", "05:00", "2026-10-25T01:29Z", None),
    ("Europe/Berlin", "02:30", "05:00", "2026-10-25T01:30Z", "2026-10-25T04:00Z"),
    ("Europe/Berlin", "02:30", "12:00", "2026-10-25T00:40Z", "2026-10-25T01:00Z"),  # long before its usual end
    ("Europe/Berlin", "02:15", "02:45", "2026-10-25T00:20Z", "2026-10-25T00:45Z"),
    ("Europe/Berlin", "02:15", "02:45", "2026-10-25T01:20Z", "2026-10-25T01:45Z"),
    # 2026-11-01T06:00Z: 02:00 is 01:00.
    ("America/New_York", "22:00", "07:00", "2026-11-01T03:00Z", "2026-11-01T12:00Z"),
    ("America/New_York", "22:00", "01:30", "2026-11-01T03:00Z", "2026-11-01T05:30Z"),
    ("America/New_York", "22:00", "01:30", "2026-11-01T06:10Z", "2026-11-01T06:30Z"),
    # 2026-04-04T15:00Z: 02:00 is 01:30.
    ("Australia/Lord_Howe", "22:00", "01:45", "2026-04-04T12:00Z", "2026-04-04T14:45Z"),
    ("Australia/Lord_Howe", "22:00", "01:45", "2026-04-04T15:00Z", "2026-04-04T15:15Z"),
]


@pytest.fixture
def connection(connect: Connect) -> psycopg.Connection[DictRow]:
    return connect()


def ends(connection: psycopg.Connection[DictRow], zone: str, start: object, end: object, moment: object) -> object:
    row = connection.execute("SELECT quiet_until(%s, %s, %s, %s) AS at", [moment, start, end, zone]).fetchone()
    assert row
    return row["at"]


def test_the_clock_is_quiet_from_the_start_until_before_the_end(
    connection: psycopg.Connection[DictRow],
) -> None:
    for start, end, clock, quiet in CLOCKS:
        row = connection.execute("SELECT quiet(%s, %s, %s) AS quiet", [clock, start, end]).fetchone()
        assert (start, end, clock, row) == (start, end, clock, {"quiet": quiet})


@pytest.mark.parametrize(
    ("start", "end"),
    [("22:00", "22:00"), ("00:00", "24:00"), ("24:00", "07:00"), ("22:00:30", "07:00"), ("22:00", "07:00:30"),
     ("22:00", None), (None, "07:00")],
)  # fmt: skip
def test_quiet_hours_without_an_end_are_refused(
    connection: psycopg.Connection[DictRow], start: str | None, end: str | None
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            """
            INSERT INTO preferences (user_id, quiet_from, quiet_to, updated_at)
            VALUES ('alice', %s, %s, now())
            """,
            [start, end],
        )


@pytest.mark.parametrize("table", [ORDINARY, SPRING, AUTUMN], ids=["ordinary", "spring", "autumn"])
def test_the_end_of_quiet_hours(
    connection: psycopg.Connection[DictRow], table: list[tuple[str, str | None, str | None, str, str | None]]
) -> None:
    for zone, start, end, moment, expected in table:
        answer = ends(connection, zone, start, end, moment)
        assert (zone, start, end, moment, answer) == (zone, start, end, moment, expected and utc(expected))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


CHANGES = [
    ("Europe/Berlin", "2026-03-29T01:00Z"), ("Europe/Berlin", "2026-10-25T01:00Z"),
    ("America/New_York", "2026-03-08T07:00Z"), ("America/New_York", "2026-11-01T06:00Z"),
    ("Australia/Lord_Howe", "2026-04-04T15:00Z"), ("Australia/Lord_Howe", "2026-10-03T15:30Z"),
    ("Africa/Casablanca", "2026-02-15T02:00Z"), ("Asia/Kolkata", "2026-06-01T00:00Z"), ("UTC", "2026-06-01T00:00Z"),
]  # fmt: skip
AROUND_A_CHANGE = st.tuples(
    st.sampled_from(CHANGES), st.integers(-36 * 3600, 36 * 3600) | st.integers(-7200, 7200)
).map(lambda drawn: (drawn[0][0], utc(drawn[0][1]) + timedelta(seconds=drawn[1])))
ANY_DAY = st.tuples(
    st.sampled_from([zone for zone, _ in CHANGES]),
    st.integers(0, 2 * 365 * 86400).map(lambda seconds: utc("2026-01-01T00:00Z") + timedelta(seconds=seconds)),
)
# Hypothesis draws hours near a clock change more often than others.
TIMES = (st.integers(0, 1439) | st.integers(50, 190)).map(lambda minute: time(*divmod(minute, 60)))


def minutes_after(moment: datetime) -> Iterator[datetime]:
    minute = moment.replace(second=0, microsecond=0)
    while True:
        minute += timedelta(minutes=1)
        yield minute


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where_and_when=AROUND_A_CHANGE | ANY_DAY, start=TIMES, end=TIMES)
def test_quiet_hours_end_with_the_first_full_minute_whose_clock_is_outside(
    connection: psycopg.Connection[DictRow], where_and_when: tuple[str, datetime], start: time, end: time
) -> None:
    zone, moment = where_and_when
    if start == end:  # refused, because it could mean never or always
        return
    clock = ZoneInfo(zone)

    def quiet(when: datetime) -> bool:
        shown = when.astimezone(clock).time()
        return start <= shown < end if start < end else not end <= shown < start

    expected = next(minute for minute in minutes_after(moment) if not quiet(minute)) if quiet(moment) else None
    assert ends(connection, zone, start, end, moment) == expected
