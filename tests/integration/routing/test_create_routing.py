"""Who is sent what, and why not: the answer is recorded with every notification."""

from collections.abc import Callable
from typing import Any

import pytest

import create
from tests.support.environment import Connect, suppressed
from tests.support.service import Service, clear_containers

CRITICAL = {"event_name": "a.b", "title": "T", "severity": "critical", "user_id": "alice"}


def without_times(routing: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The routing without `leaves_at`: whatever leaves has one, and nothing else."""
    for route in routing.values():
        assert ("leaves_at" in route) == (route["action"] != "off")
    return {
        channel: {name: said for name, said in route.items() if name != "leaves_at"}
        for channel, route in routing.items()
    }


def routed(service: Service, **changes: Any) -> tuple[Any, int]:
    """The routing that a producer is told, and how many deliveries left."""
    answer = service.call("POST", "/notifications", CRITICAL | changes, producer="billing")
    assert answer.status == 201
    return without_times(answer.json["notification"]["routing"]), len(service.messages())


def test_severity_decides(service: Service, reachable: Callable[..., None], connect: Connect) -> None:
    reachable("alice", push=True)
    # The messages of a warning are in the queue, too, and hidden until its digest is due.
    for severity, action, reason, rule in (
        ("info", "off", "below_severity", "stack"),
        ("success", "off", "below_severity", "stack"),
        ("warning", "digest", "severity_warning", "user"),
        ("critical", "now", "severity_critical", "user"),
    ):
        expected = {"action": action, "reason": reason, "rule": rule}
        routing, messages = routed(service, severity=severity)
        assert routing == {"email": expected, "push": expected}
        assert messages == (2 if action == "now" else 0)
    rows = connect().execute("SELECT channel, count(*) AS n FROM deliveries GROUP BY 1 ORDER BY 1").fetchall()
    assert rows == [{"channel": "email", "n": 2}, {"channel": "push", "n": 2}]


def test_by_default_only_the_app_shows_it(service: Service, connect: Connect) -> None:
    """No preferences, no address, no device; and creating writes no preferences."""
    routing, left = routed(service)
    assert routing == {
        "email": {"action": "off", "reason": "no_address"},
        "push": {"action": "off", "reason": "no_device"},
    }
    assert left == 0
    assert service.call("GET", "/notifications", user="alice").json["unread_count"] == 1
    for table in ("preferences", "recipients", "delivery_items"):
        assert connect().execute(f"SELECT FROM {table}".encode()).fetchall() == []


@pytest.mark.parametrize(
    ("change", "channel", "reason", "rule"),
    [
        (
            "UPDATE preferences SET channels = channels || jsonb_build_object('email', false)",
            "email",
            "disabled",
            "user",
        ),
        ("UPDATE preferences SET channels = channels - 'email'", "email", "disabled", "stack"),
        (suppressed("bounced"), "email", "bounced", None),
        (suppressed("complained"), "email", "complained", None),
        ("UPDATE recipients SET email = NULL", "email", "no_address", None),
        ("UPDATE preferences SET channels = channels || jsonb_build_object('push', false)", "push", "disabled", "user"),
        ("UPDATE devices SET enabled = false", "push", "no_device", None),
        ("DELETE FROM devices", "push", "no_device", None),
    ],
)
def test_one_channel_off_leaves_the_other(
    service: Service,
    reachable: Callable[..., None],
    connect: Connect,
    change: str,
    channel: str,
    reason: str,
    rule: str | None,
) -> None:
    reachable("alice", push=True)
    connect().execute(change.encode())

    routing, left = routed(service)

    assert routing.pop(channel) == {"action": "off", "reason": reason} | ({"rule": rule} if rule else {})
    assert list(routing.values()) == [{"action": "now", "reason": "severity_critical", "rule": "user"}]
    assert left == 1
    rows = connect().execute("SELECT channel FROM deliveries").fetchall()
    assert [row["channel"] for row in rows] == list(routing)


def test_a_stack_without_a_channel_says_so(
    service: Service, reachable: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reachable("alice", push=True)
    monkeypatch.setenv("EMAIL_FROM", "")
    monkeypatch.setenv("FCM_APPLICATION_ARN", "")
    clear_containers()
    routing, left = routed(service)
    off = {"action": "off", "reason": "not_configured"}
    assert (routing, left) == ({"email": off, "push": off}, 0)
    create.container().database.close()


def test_in_app_off_hides_it_from_the_feed_and_still_sends(
    service: Service, reachable: Callable[..., None], connect: Connect
) -> None:
    reachable("alice")
    connect().execute("UPDATE preferences SET in_app_enabled = false")

    answer = service.call("POST", "/notifications", CRITICAL, producer="billing").json["notification"]

    assert answer["in_app"] is False
    assert without_times(answer["routing"])["email"] == {"action": "now", "reason": "severity_critical", "rule": "user"}
    for query in ({}, {"unread": "1"}, {"archived": "1"}):
        page = service.call("GET", "/notifications", user="alice", query=query).json
        assert page == {"notifications": [], "next_cursor": None, "unread_count": 0}
    assert service.call("GET", "/notifications/unread-count", user="alice").json == {"unread_count": 0}
    assert service.call("PATCH", "/notifications", {"all": True}, user="alice").json == {"updated": 0}
    assert service.deliver() == []
    assert len(service.emails) == 1


def test_the_routing_of_many_is_each_ones_own(service: Service, reachable: Callable[..., None]) -> None:
    reachable("alice")
    many = {"event_name": "a.b", "title": "T", "severity": "critical", "user_ids": ["bob", "alice"]}
    answer = service.call("POST", "/notifications", many, producer="billing").json
    stories = {
        each["user_id"]: service.call("GET", f"/notifications/{each['id']}/deliveries", producer="billing").json
        for each in answer["notifications"]
    }
    assert stories["bob"]["routing"]["email"] == {"action": "off", "reason": "no_address"}
    assert stories["bob"]["deliveries"] == []
    email = stories["alice"]["routing"]["email"]
    [delivery] = stories["alice"]["deliveries"]
    leaves_at = delivery["available_at"]
    assert email == {"action": "now", "reason": "severity_critical", "rule": "user", "leaves_at": leaves_at}
    assert (delivery["channel"], delivery["status"], delivery["attempts"]) == ("email", "pending", 0)
