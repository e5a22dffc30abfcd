"""The routing of a notification: the channels that it is sent on, and the reasons. Each notification records it."""

from collections.abc import Callable
from typing import Any

import pytest

import create
from carillon.models.channel import CHANNELS
from tests.support.environment import Connect, suppressed
from tests.support.service import Service, clear_containers

CRITICAL = {"event_name": "a.b", "title": "T", "severity": "critical", "user_id": "alice"}


def without_times(routing: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the routing without `leaves_at`, which each route has unless its action is off."""
    for route in routing.values():
        assert ("leaves_at" in route) == (route["action"] != "off")
    return {
        channel: {name: value for name, value in route.items() if name != "leaves_at"}
        for channel, route in routing.items()
    }


def routed(service: Service, **changes: Any) -> tuple[Any, int]:
    """Create a notification and return its routing and the number of dispatched deliveries."""
    answer = service.call("POST", "/notifications", CRITICAL | changes, producer="billing")
    assert answer.status == 201
    return without_times(answer.json["notification"]["routing"]), len(service.messages())


def test_the_severity_decides_which_channels_are_used(
    service: Service, reachable: Callable[..., None], connect: Connect
) -> None:
    reachable("alice", push=True)
    # The queue also has the messages of a warning. They are hidden until their digest is due.
    for severity, action, reason, rule in (
        ("info", "off", "below_severity", "stack"),
        ("success", "off", "below_severity", "stack"),
        ("warning", "digest", "severity_warning", "user"),
        ("critical", "now", "severity_critical", "user"),
    ):
        expected = {"action": action, "reason": reason, "rule": rule}
        routing, messages = routed(service, severity=severity)
        assert (routing["email"], routing["push"]) == (expected, expected)
        assert messages == (2 if action == "now" else 0)
    rows = connect().execute("SELECT channel, count(*) AS n FROM deliveries GROUP BY 1 ORDER BY 1").fetchall()
    assert rows == [{"channel": "email", "n": 2}, {"channel": "push", "n": 2}]


def test_by_default_a_notification_is_shown_in_the_app_only(service: Service, connect: Connect) -> None:
    """The person has no preferences, no address and no device, and a create writes no preferences."""
    routing, left = routed(service)
    assert routing["email"] == {"action": "off", "reason": "no_address"}
    assert routing["push"] == {"action": "off", "reason": "no_device"}
    assert routing.keys() == set(CHANNELS)
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
        ("UPDATE preferences SET channels = channels - 'email'", "email", "disabled", "stack:default_email"),
        (suppressed("bounced"), "email", "bounced", None),
        (suppressed("complained"), "email", "complained", None),
        ("UPDATE recipients SET email = NULL", "email", "no_address", None),
        ("UPDATE preferences SET channels = channels || jsonb_build_object('push', false)", "push", "disabled", "user"),
        ("UPDATE devices SET enabled = false", "push", "no_device", None),
        ("DELETE FROM devices", "push", "no_device", None),
    ],
)
def test_one_channel_off_does_not_affect_the_other(
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
    [other] = {"email", "push"} - {channel}
    assert routing[other] == {"action": "now", "reason": "severity_critical", "rule": "user"}
    assert left == 1
    rows = connect().execute("SELECT channel FROM deliveries").fetchall()
    assert [row["channel"] for row in rows] == [other]


def test_a_channel_that_the_stack_does_not_have_is_not_configured(
    service: Service, reachable: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reachable("alice", push=True)
    monkeypatch.setenv("EMAIL_FROM", "")
    monkeypatch.setenv("FCM_APPLICATION_ARN", "")
    clear_containers()
    routing, left = routed(service)
    off = {"action": "off", "reason": "not_configured"}
    assert (routing, left) == (dict.fromkeys(CHANNELS, off), 0)
    create.container().database.close()


def test_with_in_app_off_the_feed_hides_it_and_the_channels_send_it(
    service: Service, reachable: Callable[..., None], connect: Connect
) -> None:
    reachable("alice")
    connect().execute("UPDATE preferences SET in_app_enabled = false")

    answer = service.call("POST", "/notifications", CRITICAL, producer="billing").json["notification"]

    assert answer["in_app"] is False
    assert without_times(answer["routing"])["email"] == {"action": "now", "reason": "severity_critical", "rule": "user"}
    for query in ({}, {"unread": "1"}, {"archived": "1"}):
        page = service.call("GET", "/notifications", user="alice", query=query).json
        assert page == {"notifications": [], "next_cursor": None, "unread_count": 0, "live": None}
    assert service.call("GET", "/notifications/unread-count", user="alice").json == {"unread_count": 0}
    assert service.call("PATCH", "/notifications", {"all": True}, user="alice").json["updated"] == 0
    assert service.deliver() == []
    assert len(service.emails) == 1


def test_each_of_many_recipients_has_its_own_routing(service: Service, reachable: Callable[..., None]) -> None:
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
