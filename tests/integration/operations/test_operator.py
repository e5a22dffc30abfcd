"""What the operator's function answers, and what it must not say."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import operate
from tests.support.environment import Connect, FakeLambdaContext
from tests.support.operator_function import answer, ask, operator_function
from tests.support.paths import ROOT
from tests.support.service import Service

EVENTS = ROOT / "events"
CRITICAL = {"event_name": "sync.broken", "title": "MARKEDTITLE", "body": "MARKEDBODY", "data": {"x": "MARKEDDATA"},
            "severity": "critical"}  # fmt: skip


@pytest.fixture(autouse=True)
def function(service: Service) -> Iterator[None]:
    with operator_function():
        yield


@pytest.fixture
def record(service: Service, reachable: Callable[..., None]) -> Callable[..., str]:
    reachable("alice")

    def make(**content: Any) -> str:
        body = {"user_id": "alice", **CRITICAL, **content}
        made = service.call("POST", "/notifications", body, producer="sync")
        assert made.status == 201, made.text
        return made.json["notification"]["id"]

    return make


def test_the_recorded_event_is_answered() -> None:
    event = json.loads((EVENTS / "operator-stats.json").read_text())
    assert operate.handler(event, FakeLambdaContext())["result"]["pending"] == 0


def test_stats_count_each_state_and_how_quickly_it_went(
    service: Service, record: Callable[..., str], connect: Connect
) -> None:
    for _ in range(5):
        record()
    db = connect()
    ids = [row["id"] for row in db.execute("SELECT id FROM deliveries ORDER BY id").fetchall()]
    for number, assignments in enumerate((
        "status = 'sent', finished_at = first_available_at + interval '2 seconds'",
        "status = 'sent', finished_at = first_available_at + interval '11 seconds'",
        "status = 'sent', finished_at = now() - interval '61 minutes'",
        "status = 'failed', finished_at = now(), error_code = 'access_denied'",
    )):  # fmt: skip
        db.execute(f"UPDATE deliveries SET {assignments} WHERE id = %s".encode(), [ids[number]])
    told = ask("stats")
    assert (told["pending"], told["due"], told["sending"], told["failed"]) == (1, 1, 0, 1)
    [kind] = told["failed_by_code"]
    assert (kind["channel"], kind["code"], kind["permanent"], kind["count"]) == ("email", "access_denied", False, 1)
    assert (told["sent_last_hour"], told["within_10_seconds"], told["percent_within_10_seconds"]) == (2, 1, 50.0)


def test_a_person_s_address_is_masked_and_nothing_that_was_said_is_told(
    service: Service, record: Callable[..., str], logs: io.StringIO
) -> None:
    made = record()
    service.deliver()
    told = ask("user", user_id="alice")
    assert (told["email"], told["email_status"], told["devices"]) == ("a***@example.com", "ok", 0)
    assert told["preferences"]["email_enabled"] is True
    [last] = told["last"]
    assert last["notification_id"] == made
    assert last["channels"]["email"]["explanation"].startswith("Sent at ")
    whole = json.dumps([told, ask("trace", notification_id=made), ask("failed"), ask("log")]) + logs.getvalue()
    assert not [word for word in ("MARKED", "alice@example.com") if word in whole]


def test_somebody_unknown_is_said_to_be_unknown() -> None:
    told = ask("user", user_id="nobody")
    assert (told["known"], told["email"], told["last"]) == (False, None, [])


def test_a_trace_tells_the_way_in_its_order(service: Service, record: Callable[..., str]) -> None:
    made = record()
    service.deliver()
    service.call("PATCH", f"/notifications/{made}", {"read": True}, user="alice")
    told = ask("trace", notification_id=made)
    line = [(event["what"], event["channel"]) for event in told["time_line"]]
    assert line[0] == ("recorded", None)
    assert ("routed: off", "push") in line
    assert [what for what, channel in line if channel == "email"][-2:] == ["claimed", "sent"]
    assert line[-1] == ("read", None)
    times = [event["at"] for event in told["time_line"]]
    assert times == sorted(times)


def test_a_notification_that_is_not_there_is_an_error() -> None:
    told = answer("trace", notification_id="00000000-0000-7000-8000-000000000001")
    assert told["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"action": "stat", "operator": "x"}, "There is no action 'stat'"),
        ({"action": "user", "operator": "x"}, "user_id: is required"),
        ({"action": "stats"}, "operator: is required"),
        ({"action": "failed", "operator": "x", "arguments": {"cod": "x"}}, "cod: is not a field"),
        ({"action": "verify", "operator": "x", "arguments": {"rules": ["none"]}}, "There is no rule none"),
    ],
)
def test_what_is_not_understood_is_refused(event: dict[str, Any], words: str) -> None:
    told = operate.handler(event, FakeLambdaContext())
    assert told["error"]["code"] == "invalid"
    assert words in told["error"]["message"]


def test_verify_names_its_rules_and_what_breaks_them(record: Callable[..., str], connect: Connect) -> None:
    record()
    rules = ask("verify", rules=[])["rules"]
    assert not any(ask("verify", rules=list(rules))["broken"].values())
    connect().execute("UPDATE deliveries SET status = 'sent', finished_at = now()")
    told = ask("verify", rules=["sent_is_proven"])
    assert told["broken"] == {"sent_is_proven": 1}
    assert told["breaches"][0]["delivery_id"]
