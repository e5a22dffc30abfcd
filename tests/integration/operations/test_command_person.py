"""`carillon user`: a person found by address, and notifications older than the last twenty."""

import io
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.command_line import Command, command_on
from tests.support.environment import Connect, suppressed
from tests.support.operator_function import operator_function
from tests.support.service import Service


@pytest.fixture
def carillon(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    with operator_function():
        yield command_on(service, monkeypatch)


def put(service: Service, user_id: str, email: str) -> None:
    assert service.call("PUT", f"/recipients/{user_id}", {"email": email}, producer="app").status == 200


def notify(service: Service, event: str, **content: Any) -> str:
    body = {"user_id": "alice", "event_name": event, "title": "T", **content}
    return service.call("POST", "/notifications", body, producer="app").json["notification"]["id"]


def test_a_person_is_found_by_address_and_no_log_has_it(
    carillon: Command, service: Service, connect: Connect, logs: io.StringIO
) -> None:
    put(service, "alice", "Alice.Long@example.com")
    made = notify(service, "invoice.paid")
    for words in (["user", "alice.long@EXAMPLE.com"], ["user", "--address", "Alice.Long@example.com"]):
        found = carillon.json(*words)
        assert (found["user_id"], found["email"]) == ("alice", "A***@example.com")
        assert made in carillon.says(*words)
    assert carillon.json("user", "--address", "alice@example.com", code=1) == {
        "people": [], "more": False, "status": "ok"
    }  # fmt: skip
    assert "alice.long" not in (carillon.says("log") + logs.getvalue()).lower()
    connect().execute(suppressed("bounced"))
    connect().execute("DELETE FROM recipients")
    assert "known as bounced" in carillon.says("user", "--address", "alice.long@example.com", code=1)


def test_several_people_of_one_address_are_listed(carillon: Command, service: Service) -> None:
    for user_id in ("bob", "alice"):
        put(service, user_id, "family@example.com")
    assert carillon.json("user", "family@example.com")["people"] == ["alice", "bob"]
    assert "2 people have this address." in carillon.says("user", "family@example.com")


def test_an_address_that_is_an_id_is_taken_as_the_id(carillon: Command, service: Service) -> None:
    put(service, "alice%40example.com", "other@example.com")
    put(service, "bob", "alice@example.com")
    assert carillon.json("user", "alice@example.com")["user_id"] == "alice@example.com"
    assert carillon.json("user", "--address", "alice@example.com")["user_id"] == "bob"
    assert "nothing is stored about this person" in carillon.says("user", "@no address", code=1)
    assert carillon.json("user", "--address", "nonsense", code=2)["error"]["code"] == "invalid"
    assert carillon("user").exit_code == carillon("user", "bob", "--address", "b@example.com").exit_code == 2


def test_older_notifications_are_found_by_event_and_time(carillon: Command, service: Service, connect: Connect) -> None:
    old = notify(service, "invoice.paid")
    # Older ids and times, as after forty days.
    connect().execute("""
        UPDATE notifications SET id = uuidv7_floor(now() - interval '40 days'), created_at = now() - interval '40 days'
    """)
    [row] = connect().execute("SELECT id FROM notifications").fetchall()
    old = str(row["id"])
    others = [notify(service, f"invoices.n{number}") for number in range(25)]

    def listed(*words: str) -> list[str]:
        return [each["notification_id"] for each in carillon.json("user", "alice", *words)["last"]]

    assert listed() == sorted(others, reverse=True)[:20]
    assert "There are older ones" in carillon.says("user", "alice")
    assert listed("--event", "invoice") == [old]  # not invoices.…
    assert listed("--until", "30d") == [old]
    assert listed("--since", "50d", "--until", "30d", "--event", "invoice.paid") == [old]
    assert listed("--since", "20d", "--event", "invoice") == []
    assert listed("--max", "100") == [*sorted(others, reverse=True), old]
    carillon.functions.actions.clear()
    assert len(listed("--max", "7")) == 7
    assert carillon.functions.actions == ["user"]


def test_many_notifications_are_read_in_pages(
    carillon: Command, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = sorted((notify(service, "a.b") for _ in range(8)), reverse=True)
    service.call("PATCH", f"/notifications/{made[1]}", {"archived": True}, user="alice")
    monkeypatch.setattr("cli.person._PAGE", 3)
    for most in (2, 3, 4, 7, 8, 9):
        answer = carillon.json("user", "alice", "--max", str(most))
        assert [each["notification_id"] for each in answer["last"]] == made[:most]
        assert (answer["next"] is not None) == (most < 8)
