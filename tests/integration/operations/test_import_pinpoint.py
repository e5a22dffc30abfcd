"""`carillon import pinpoint`: people from an export of Amazon Pinpoint, and what is not imported."""

import csv
import gzip
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.sns.models import SNSBackend

from tests.support.command_line import Command, command_on
from tests.support.environment import Connect
from tests.support.operator_function import operator_function
from tests.support.service import Service

TABLES = ("recipients", "preferences", "devices")


@pytest.fixture
def carillon(service: Service, monkeypatch: pytest.MonkeyPatch, reachable: Any) -> Iterator[Command]:
    reachable(push=True)  # creates the applications of push
    one_at_a_time, create = threading.Lock(), SNSBackend.create_platform_endpoint

    def locked(*given: Any, **named: Any) -> Any:
        with one_at_a_time:  # moto searches a dict to which another thread adds
            return create(*given, **named)

    monkeypatch.setattr(SNSBackend, "create_platform_endpoint", locked)
    with operator_function():
        yield command_on(service, monkeypatch)


def endpoint(user: str | None, channel: str = "EMAIL", address: str | None = None, day: int = 1, **more: Any) -> str:
    """Return a line of an export, with the fields that Pinpoint writes besides those that Carillon reads."""
    return json.dumps(
        {
            "Id": f"endpoint-{user}-{channel}-{day}", "ApplicationId": "0" * 32, "ChannelType": channel,
            "Address": f"{user}@example.com" if address is None else address, "EndpointStatus": "ACTIVE",
            "OptOut": "NONE", "CohortId": "7", "EffectiveDate": f"2026-10-{day:02}T10:00:00.000Z",
            "Attributes": {"plan": ["free"]}, "Metrics": {}, "User": {"UserId": user} if user else {}, **more,
        }
    )  # fmt: skip


def demographic(locale: str, timezone: str) -> dict[str, Any]:
    return {"Demographic": {"Locale": locale, "Timezone": timezone, "Make": "example"}}


def rows(connect: Connect) -> dict[str, list[Any]]:
    return {
        name: connect().execute(f"SELECT * FROM {name} WHERE user_id LIKE 'user-%%' ORDER BY 1".encode()).fetchall()
        for name in TABLES
    }


@pytest.fixture
def export(tmp_path: Path) -> list[str]:
    """Return the paths of two files of one export, one of them compressed. Each line is a case."""
    plain, packed = tmp_path / "part-1.jsonl", tmp_path / "part-2.gz"
    plain.write_bytes(
        "\n".join(
            [
                endpoint("user-1", **demographic("de_CH", "Europe/Zurich")),  # 1 imported
                endpoint("user-1", address="old@example.com", day=1, EffectiveDate="2025-01-01T00:00:00Z"),  # 2 older
                endpoint("user-1", "GCM", "token-1"),  # 3 imported
                endpoint("user-1", "GCM", "token-1", EffectiveDate=None),  # 4 duplicate
                endpoint("user-2", OptOut="ALL"),  # 5 imported, and email off
                endpoint("user-2", "APNS", "ab12", OptOut="ALL"),  # 6 opted out, and push off
                endpoint("user-3", "SMS", "+10000000000"),  # 7 unsupported
                "",  # 8 nothing
                "{",  # 9 malformed
                endpoint("user-4", EndpointStatus="INACTIVE"),  # 10 inactive
                endpoint(None),  # 11 no user
                endpoint("user-5", address="nonsense"),  # 12 invalid address
                endpoint("user-6", "APNS_SANDBOX", "ab12"),  # 13 sandbox
                endpoint("user-7", "APNS", "no hexadecimal"),  # 14 invalid token
                endpoint("user\n8"),  # 15 invalid user id
                endpoint("user-9", **demographic("???", "Mars/Olympus")),  # 16 imported, without both
            ]
        ).encode()
        + b"\n\xff\xfe\n"  # 17 malformed
    )
    packed.write_bytes(gzip.compress((endpoint("user-1", address="new@example.com", day=2) + "\n").encode()))
    return [str(plain), str(packed)]


OUTCOMES = {
    1: "older_address", 2: "older_address", 3: "imported", 4: "duplicate", 5: "imported", 6: "opted_out",
    7: "unsupported_channel", 9: "malformed", 10: "inactive", 11: "no_user", 12: "invalid_address",
    13: "sandbox_token", 14: "invalid_token", 15: "invalid_user_id", 16: "imported", 17: "malformed",
}  # fmt: skip


def test_a_dry_run_says_what_the_import_then_does(
    carillon: Command, connect: Connect, export: list[str], tmp_path: Path
) -> None:
    report = tmp_path / "report.csv"
    before = rows(connect)
    assert not any(before.values())
    would = carillon.json("import", "pinpoint", *export, "--report", str(report), code=1)
    assert rows(connect) == before
    assert would["dry_run"] is True
    with report.open() as file:
        header, *written = csv.reader(file)
    assert header == ["file", "line", "outcome"]
    assert {int(line): outcome for name, line, outcome in written if name == "part-1.jsonl"} == OUTCOMES
    assert written[-1] == ["part-2.gz", "1", "imported"]

    did = carillon.json("import", "pinpoint", *export, "--yes", code=1)
    assert did == would | {"dry_run": False}
    assert did["unknown"] == {"locale": 1, "timezone": 1}
    stored = rows(connect)
    assert [(row["user_id"], row["email"], row["locale"], row["timezone"]) for row in stored["recipients"]] == [
        ("user-1", "new@example.com", "de-CH", "Europe/Zurich"),
        ("user-2", "user-2@example.com", None, None),
        ("user-9", "user-9@example.com", None, None),
    ]
    assert [(row["user_id"], row["channels"]) for row in stored["preferences"]] == [
        ("user-2", {"email": False, "push": False})
    ]
    assert [(row["user_id"], row["token"], row["enabled"]) for row in stored["devices"]] == [
        ("user-1", "token-1", True)
    ]


def test_a_second_import_changes_nothing(carillon: Command, connect: Connect, export: list[str]) -> None:
    carillon("import", "pinpoint", *export, "--yes")
    stored = rows(connect)
    again = carillon.json("import", "pinpoint", *export, "--yes", code=1)
    assert rows(connect) == stored
    assert "imported" not in again["outcomes"]
    assert again["outcomes"]["known"] == 4
    assert [act["action"] for act in carillon.json("log")["acts"]] == ["import"], "only what changed is logged"


def test_an_import_takes_nothing_back(carillon: Command, service: Service, connect: Connect, tmp_path: Path) -> None:
    """A person's choice, a producer's address and another owner of a phone came later than the export."""
    service.call("PUT", "/recipients/user-1", {"email": "now@example.com"}, producer="app")
    service.call("PUT", "/preferences", {"email_enabled": True}, user="user-2")
    service.call("POST", "/devices", {"platform": "fcm", "token": "token-3"}, user="user-4")
    file = tmp_path / "export.jsonl"
    lines = [endpoint("user-1"), endpoint("user-2", OptOut="ALL"), endpoint("user-3", "GCM", "token-3")]
    file.write_text("\n".join(lines))
    stored = rows(connect)
    answer = carillon.json("import", "pinpoint", str(file), "--yes")
    assert answer["outcomes"] == {"device_of_another": 1, "imported": 1, "kept": 1}
    assert rows(connect)["preferences"] == stored["preferences"]
    assert rows(connect)["devices"] == stored["devices"]
    assert {row["user_id"]: row["email"] for row in rows(connect)["recipients"]} == {
        "user-1": "now@example.com",
        "user-2": "user-2@example.com",
    }


def test_the_output_names_no_person(carillon: Command, export: list[str], tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    result = carillon("import", "pinpoint", *export, "--report", str(report))
    assert result.exit_code == 1
    assert "Nothing was stored" in result.stdout
    for text in (result.output, report.read_text()):
        assert "user-" not in text
        assert "@" not in text
        assert "token-1" not in text


def test_many_people_go_in_bounded_requests(carillon: Command, connect: Connect, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    people = [endpoint(f"user-{number}") for number in range(1200)]
    phones = [endpoint(f"user-{number}", "GCM", f"token-{number}") for number in range(0, 1200, 10)]
    file.write_text("\n".join(people + phones))
    assert carillon.json("import", "pinpoint", str(file), "--yes")["outcomes"] == {"imported": 1320}
    assert carillon.functions.actions.count("import") == 3
    assert [len(rows(connect)[name]) for name in TABLES] == [1200, 0, 120]


def test_an_import_that_stops_continues_with_the_next_run(carillon: Command, connect: Connect, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    file.write_text("\n".join(endpoint(f"user-{number}") for number in range(600)))

    def cut(_: str) -> None:
        if rows(connect)["recipients"]:
            raise KeyboardInterrupt

    carillon.functions.before = cut
    assert carillon("import", "pinpoint", str(file), "--yes").exit_code == 130
    assert len(rows(connect)["recipients"]) == 500
    carillon.functions.before = lambda _: None
    assert carillon.json("import", "pinpoint", str(file), "--yes")["outcomes"] == {"imported": 100, "known": 500}


@pytest.mark.parametrize(
    "content",
    [None, gzip.compress(b"{}\n" * 1000)[:-20], b"\x1f\x8bnonsense"],
    ids=["missing", "cut", "no gzip"],
)
def test_a_file_that_is_not_whole_imports_nothing(carillon: Command, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "export.gz"
    if content is not None:
        file.write_bytes(content)
    result = carillon("import", "pinpoint", str(file), "--yes")
    assert result.exit_code == 2
    assert "Nothing was imported" in result.stderr.replace("\n", " ")
    assert "import" not in carillon.functions.actions
