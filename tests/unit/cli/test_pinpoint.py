"""Reading an export of Pinpoint: hostile lines, long files, and how endpoints of one person are joined."""

import json
import re
import tracemalloc
from pathlib import Path
from typing import Any, get_args

import pytest

from carillon.operations import import_arguments
from carillon.operations.people_answers import ImportOutcome
from cli.pinpoint.command import OUTCOMES
from cli.pinpoint.endpoints import Endpoint, parse, read
from cli.pinpoint.people import DEVICES_OF_A_PERSON, MAX_DEVICES, MAX_PEOPLE, opened
from tests.support.paths import ROOT

LINES = 100_000


def line(**fields: Any) -> bytes:
    whole = {"ChannelType": "EMAIL", "Address": "user-1@example.com", "User": {"UserId": "user-1"}, **fields}
    return json.dumps(whole).encode()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"[]", "malformed"),
        (b"null", "malformed"),
        (b"1" * 5000, "malformed"),
        (b"[" * 100_000, "malformed"),
        (b"\xff", "malformed"),
        (line(ChannelType=None), "malformed"),
        (line(ChannelType=["EMAIL"]), "malformed"),
        (line(Address=""), "malformed"),
        (line(Address="\ud800@example.com"), "malformed"),
        (line(User=None), "no_user"),
        (line(User="user-1"), "no_user"),
        (line(User={"UserId": 1}), "no_user"),
        (line(EndpointStatus="INACTIVE"), "inactive"),
        (line(ChannelType="APNS_SANDBOX"), "sandbox_token"),
        *[
            (line(ChannelType=channel), "unsupported_channel")
            for channel in ("SMS", "VOICE", "CUSTOM", "BAIDU", "ADM", "APNS_VOIP", "PUSH", "IN_APP", "NEW")
        ],
    ],
)
def test_a_line_that_carillon_cannot_have_has_a_reason(text: bytes, reason: str) -> None:
    assert parse(text) == reason
    assert reason in OUTCOMES


@pytest.mark.parametrize("date", ["2026-10-01T12:00:00.000Z", "2026-10-01T14:00:00+02:00", "2026-10-01T12:00:00"])
def test_dates_are_compared_as_moments(date: str) -> None:
    endpoint = parse(line(EffectiveDate=date))
    assert isinstance(endpoint, Endpoint)
    assert endpoint.at == "2026-10-01T12:00:00.000000+00:00"


@pytest.mark.parametrize("date", [None, "", "yesterday", 5, "0001-01-01T00:00:00+14:00"])
def test_a_date_that_is_none_is_the_oldest(date: Any) -> None:
    endpoint = parse(line(EffectiveDate=date))
    assert isinstance(endpoint, Endpoint)
    assert endpoint.at == ""


def test_a_line_without_end_is_skipped_in_pieces(tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    with file.open("wb") as output:
        for _ in range(40):
            output.write(b"x" * 1_000_000)
        output.write(b"\n" + line() + b"\n\n" + line())
    tracemalloc.start()
    found = [(number, endpoint if isinstance(endpoint, str) else "whole") for number, endpoint in read(file)]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [(1, "malformed"), (2, "whole"), (4, "whole")]
    assert peak < 4_000_000


def test_a_long_export_is_joined_in_bounded_memory() -> None:
    tracemalloc.start()
    with opened() as people:
        for number in range(LINES):
            user = f"user-{number % (LINES // 2)}"
            people.add((0, number), Endpoint(user, "email", f"{user}@example.com", False, "", None, None))
        sizes = [len(batch) for batch in people.batches()]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert sum(sizes) == LINES // 2
        assert max(sizes) == MAX_PEOPLE
        assert peak < 10_000_000
        assert people.counts() == {None: LINES // 2, "duplicate": LINES // 2}


def test_the_newest_endpoint_of_a_person_wins_in_each_part() -> None:
    def endpoint(kind: Any, address: str, at: str, *, out: bool = False, locale: str | None = None) -> Endpoint:
        return Endpoint("user-1", kind, address, out, at, locale, None)

    with opened() as people:
        people.add((1, 1), endpoint("email", "old@example.com", "2026-01", out=True, locale="de"))
        people.add((0, 1), endpoint("email", "new@example.com", "2026-02"))
        people.add((0, 2), endpoint("fcm", "a", "2026-01"))
        people.add((0, 3), endpoint("fcm", "a", "2026-03", out=True, locale="fr"))
        people.add((0, 4), endpoint("fcm", "b", "2026-01"))
        [[person]] = people.batches()
    assert person.request == {
        "user_id": "user-1", "email": "new@example.com", "locale": "fr", "timezone": None, "off": [],
        "devices": [{"platform": "fcm", "token": "b"}],
    }  # fmt: skip


def test_a_person_has_at_most_20_devices_and_a_request_at_most_100() -> None:
    with opened() as people:
        for user in range(8):
            for number in range(25):
                token = f"token-{user}-{number}"
                people.add((0, 100 * user + number), Endpoint(f"user-{user}", "fcm", token, False, "", None, None))
        batches = list(people.batches())
        assert people.counts()["too_many_devices"] == 8 * (25 - DEVICES_OF_A_PERSON)
    devices = [sum(len(person.devices) for person in batch) for batch in batches]
    assert sum(devices) == 8 * DEVICES_OF_A_PERSON
    assert max(devices) == MAX_DEVICES


def test_the_documentation_has_each_outcome() -> None:
    table = (ROOT / "docs" / "from-pinpoint.md").read_text().split("| outcome | meaning |")[1].split("\n\n")[0]
    named = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == set(OUTCOMES)


def test_the_function_takes_what_the_command_sends() -> None:
    assert (MAX_PEOPLE, DEVICES_OF_A_PERSON) == (import_arguments.MAX_PEOPLE, import_arguments.MAX_DEVICES)
    assert set(get_args(ImportOutcome)) <= set(OUTCOMES)
