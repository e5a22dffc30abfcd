"""Who is sent what, and why not: the answer is recorded with every notification."""

from collections.abc import Callable
from typing import Any

import pytest

import create
from carillon.models.notification import Route
from tests.api import Service, clear_containers
from tests.support import Connect

CRITICAL = {"event_name": "a.b", "title": "T", "severity": "critical", "user_id": "alice"}

# channel, set up, reachable, email status, enabled → why nothing may leave
OFF_REASONS = [
    ("email", True, True, "ok", True, None),
    ("email", False, True, "ok", True, "not_configured"),
    ("email", False, False, None, False, "not_configured"),
    ("email", True, False, None, True, "no_address"),
    ("email", True, False, None, False, "no_address"),
    ("email", True, True, "bounced", True, "bounced"),
    ("email", True, True, "complained", False, "complained"),
    ("email", True, True, "ok", False, "disabled"),
    ("push", True, True, None, True, None),
    ("push", True, True, "bounced", True, None),  # an address's bounce says nothing about a phone
    ("push", False, True, None, True, "not_configured"),
    ("push", True, False, None, True, "no_device"),
    ("push", True, True, None, False, "disabled"),
]

# why nothing may leave, severity → action and reason
ROUTES = [
    (None, "info", "off", "below_severity"),
    (None, "success", "off", "below_severity"),
    (None, "warning", "now", "severity_warning"),
    (None, "critical", "now", "severity_critical"),
    ("disabled", "critical", "off", "disabled"),
    ("no_address", "info", "off", "no_address"),
]


def test_every_reason_to_stay_silent(connect: Connect) -> None:
    query = "SELECT notification_off_reason(%s, %s, %s, %s, %s) AS reason"
    connection = connect()
    for *given, expected in OFF_REASONS:
        row = connection.execute(query, given).fetchone()
        assert (given, row) == (given, {"reason": expected})


def test_every_route(connect: Connect) -> None:
    connection = connect()
    for off_reason, severity, action, reason in ROUTES:
        row = connection.execute("SELECT notification_route(%s, %s) AS route", [off_reason, severity]).fetchone()
        assert row == {"route": {"action": action, "reason": reason}}
        assert row
        Route.model_validate(row["route"])


def routed(service: Service, **changes: Any) -> tuple[Any, int]:
    """The routing that a producer is told, and how many deliveries left."""
    answer = service.call("POST", "/notifications", CRITICAL | changes, producer="billing")
    assert answer.status == 201
    return answer.json["notification"]["routing"], len(service.messages())


def test_severity_decides(service: Service, reachable: Callable[..., None], connect: Connect) -> None:
    reachable("alice", push=True)
    for severity, action, left in (
        ("info", "off", 0),
        ("success", "off", 0),
        ("warning", "now", 2),
        ("critical", "now", 2),
    ):
        reason = "below_severity" if action == "off" else f"severity_{severity}"
        expected = {"action": action, "reason": reason}
        assert routed(service, severity=severity) == ({"email": expected, "push": expected}, left)
    rows = (
        connect().execute("SELECT channel, count(*) AS n FROM notification_deliveries GROUP BY 1 ORDER BY 1").fetchall()
    )
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
    for table in ("notification_preferences", "notification_recipients", "notification_delivery_items"):
        assert connect().execute(f"SELECT FROM {table}".encode()).fetchall() == []


@pytest.mark.parametrize(
    ("change", "channel", "reason"),
    [
        ("UPDATE notification_preferences SET email_enabled = false", "email", "disabled"),
        ("UPDATE notification_preferences SET email_enabled = NULL", "email", "disabled"),  # the stack's default
        ("UPDATE notification_recipients SET email_status = 'bounced'", "email", "bounced"),
        ("UPDATE notification_recipients SET email_status = 'complained'", "email", "complained"),
        ("UPDATE notification_recipients SET email = NULL", "email", "no_address"),
        ("UPDATE notification_preferences SET push_enabled = false", "push", "disabled"),
        ("UPDATE notification_devices SET enabled = false", "push", "no_device"),
        ("DELETE FROM notification_devices", "push", "no_device"),
    ],
)
def test_one_channel_off_leaves_the_other(
    service: Service, reachable: Callable[..., None], connect: Connect, change: str, channel: str, reason: str
) -> None:
    reachable("alice", push=True)
    connect().execute(change.encode())

    routing, left = routed(service)

    assert routing.pop(channel) == {"action": "off", "reason": reason}
    assert list(routing.values()) == [{"action": "now", "reason": "severity_critical"}]
    assert left == 1
    rows = connect().execute("SELECT channel FROM notification_deliveries").fetchall()
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
    create.parts()[1].close()


def test_in_app_off_hides_it_from_the_feed_and_still_sends(
    service: Service, reachable: Callable[..., None], connect: Connect
) -> None:
    reachable("alice")
    connect().execute("UPDATE notification_preferences SET in_app_enabled = false")

    answer = service.call("POST", "/notifications", CRITICAL, producer="billing").json["notification"]

    assert answer["in_app"] is False
    assert answer["routing"]["email"] == {"action": "now", "reason": "severity_critical"}
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
    assert stories["alice"]["routing"]["email"] == {"action": "now", "reason": "severity_critical"}
    [delivery] = stories["alice"]["deliveries"]
    assert (delivery["channel"], delivery["status"], delivery["attempts"]) == ("email", "pending", 0)
