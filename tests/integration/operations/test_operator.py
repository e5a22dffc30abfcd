"""The answers of the operator function, and the data that they must not contain."""

import io
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import operate
from carillon.operations.actions import ACTIONS
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


def test_stats_count_each_state_and_measure_the_time_to_send(
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
    result = ask("stats")
    assert (result["pending"], result["due"], result["sending"], result["failed"]) == (1, 1, 0, 1)
    [kind] = result["failed_by_code"]
    assert (kind["channel"], kind["code"], kind["permanent"], kind["count"]) == ("email", "access_denied", False, 1)
    assert (result["sent_last_hour"], result["within_10_seconds"], result["percent_within_10_seconds"]) == (2, 1, 50.0)


def test_an_operator_sees_a_domain_as_it_was_written(service: Service) -> None:
    scope = {"client_id": "crm", "scope": "carillon/recipients"}
    service.call("PUT", "/recipients/zoe", {"email": "zoe@münchen.example"}, claims=scope)
    assert ask("user", user_id="zoe")["email"] == "z***@münchen.example"


def test_the_address_of_a_person_is_masked_and_no_content_is_shown(
    service: Service, record: Callable[..., str], logs: io.StringIO
) -> None:
    made = record()
    service.deliver()
    result = ask("user", user_id="alice")
    assert (result["email"], result["email_status"], result["devices"]) == ("a***@example.com", "ok", 0)
    assert result["preferences"]["email_enabled"] is True
    [last] = result["last"]
    assert last["notification_id"] == made
    assert last["channels"]["email"]["explanation"].startswith("Sent at ")
    whole = json.dumps([result, ask("trace", notification_id=made), ask("failed"), ask("log")]) + logs.getvalue()
    assert not [word for word in ("MARKED", "alice@example.com") if word in whole]


def test_an_unknown_person_is_reported_as_unknown() -> None:
    result = ask("user", user_id="nobody")
    assert (result["known"], result["email"], result["last"]) == (False, None, [])


def test_a_trace_lists_its_events_in_order(service: Service, record: Callable[..., str]) -> None:
    made = record()
    service.deliver()
    service.call("PATCH", f"/notifications/{made}", {"read": True}, user="alice")
    result = ask("trace", notification_id=made)
    line = [(event["what"], event["channel"]) for event in result["time_line"]]
    assert line[0] == ("recorded", None)
    assert ("routed: off", "push") in line
    assert [what for what, channel in line if channel == "email"][-2:] == ["claimed", "sent"]
    assert line[-1] == ("read", None)
    times = [event["at"] for event in result["time_line"]]
    assert times == sorted(times)


def test_an_unknown_notification_is_an_error() -> None:
    result = answer("trace", notification_id="00000000-0000-7000-8000-000000000001")
    assert result["error"]["code"] == "not_found"


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
def test_an_invalid_event_is_refused(event: dict[str, Any], words: str) -> None:
    result = operate.handler(event, FakeLambdaContext())
    assert result["error"]["code"] == "invalid"
    assert words in result["error"]["message"]


def test_verify_names_its_rules_and_the_rows_that_break_them(record: Callable[..., str], connect: Connect) -> None:
    record()
    rules = ask("verify", rules=[])["rules"]
    assert not any(ask("verify", rules=list(rules))["broken"].values())
    connect().execute("UPDATE deliveries SET status = 'sent', finished_at = now()")
    result = ask("verify", rules=["sent_is_proven"])
    assert result["broken"] == {"sent_is_proven": 1}
    assert result["breaches"][0]["delivery_id"]


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"a": [value]}
    return value


ANYTHING: list[Any] = [
    [], {}, "x", "", None, 0, -1.5, True, [[]], [{"action": "stats"}], {"action": None}, {"action": ["stats"]},
    {"action": {"stats": 1}, "operator": "x"}, {"action": 7, "operator": "x"}, {"action": "stats", "operator": []},
    {"action": "x" * 100_000, "operator": "x"}, {"action": "stats\0", "operator": "x"}, {"action": ""},
    {"action": "stats", "operator": "x" * 1000}, {"action": "stats", "operator": "x", "arguments": []},
    {"action": "stats", "operator": "x", "arguments": None}, {"action": "stats", "operator": "x", "more": 1},
    {"action": "stats", "operator": "x", "arguments": {str(number) * 90: 1 for number in range(5000)}},
    {"action": "stats", "operator": "x", "arguments": nested(400)}, nested(400),
]  # fmt: skip
VALUES: list[Any] = [
    [], {}, "", "x\0", "x" * 5000, None, -1, 1.5, 1e308, True, [[]], ["x"], [None] * 3, nested(50),
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59",
    "00000000-0000-0000-0000-000000000000", {"finished_at": 1}, "\ud800",
]  # fmt: skip


def test_any_event_gets_an_answer() -> None:
    for event in ANYTHING:
        result = operate.handler(event, FakeLambdaContext())
        assert result["error"]["code"] == "invalid", result
        assert result["error"]["message"]
        assert len(json.dumps(result)) < 10_000


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_any_value_of_any_argument_gets_an_answer_without_a_failed_action(name: str, logs: io.StringIO) -> None:
    model = ACTIONS[name].arguments
    samples: dict[str, Any] = {"user_id": "nobody", "delivery_ids": [], "rules": [], "event": "a.b", "step": "end"}
    samples |= dict.fromkeys(("notification_id", "key_id"), str(uuid.UUID(int=1)))
    samples |= {"since": "2026-11-24T10:00:00Z", "address": "a@example.com", "people": [], "dry_run": True}
    needed = {field: samples[field] for field, info in model.model_fields.items() if info.is_required()}
    for field in [*model.model_fields, "unknown"]:
        for value in VALUES:
            reply = operate.handler(
                {"action": name, "operator": "tests", "arguments": needed | {field: value}}, FakeLambdaContext()
            )
            assert ("result" in reply) != ("error" in reply)
            if "error" in reply:
                assert reply["error"]["code"] in ("invalid", "not_found"), (field, value, reply)
    assert "action_failed" not in logs.getvalue()
