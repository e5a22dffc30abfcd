"""`GET /notifications/{id}/deliveries` explains in words what happened to a notification."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.environment import Connect
from tests.support.service import Service
from tests.support.timeline import Timeline

START = "2026-11-24T10:00:20Z"
WARNING = {"event_name": "sync.failed", "title": "secret-title", "body": "secret-body", "severity": "warning"}
WAITS = "The email waits in a digest with no others so far and leaves at 10:05 UTC, because warnings are grouped."
MINE = " Switched on by your settings."


@pytest.fixture
def timeline(service: Service, connect: Connect) -> Timeline:
    return Timeline(service, connect)


def record(service: Service, **content: Any) -> str:
    answer = service.call("POST", "/notifications", WARNING | content, user="alice")
    assert answer.status == 201, answer.text
    return answer.json["notification"]["id"]


def look(service: Service, notification_id: str) -> dict[str, Any]:
    answer = service.call("GET", f"/notifications/{notification_id}/deliveries", user="alice")
    assert answer.status == 200
    return answer.json


def test_a_digest_is_explained_from_its_opening_to_its_end(
    service: Service, timeline: Timeline, reachable: Callable[..., None]
) -> None:
    reachable("alice")
    timeline.at(START)
    first = record(service, batch_key="secret-batch")
    history = look(service, first)
    [delivery] = history["deliveries"]
    assert history["channels"] == {
        "in_app": {"reason": "shown", "explanation": "Shown in the app."},
        "email": {
            **history["routing"]["email"],
            "delivery": {name: value for name, value in delivery.items() if name != "history"},
            "explanation": WAITS + MINE,
        },
        "push": {
            "action": "off", "reason": "no_device",
            "explanation": "No push message: you had no registered device.",
        },
    }  # fmt: skip
    assert history["routing"]["email"] == {
        "action": "digest", "reason": "severity_warning", "rule": "user", "leaves_at": "2026-11-24T10:05:20Z",
    }  # fmt: skip
    assert (delivery["digest"], delivery["items"], delivery["status"]) == ("batch", 1, "pending")

    second, third = record(service, batch_key="secret-batch"), record(service, batch_key="secret-batch")
    service.call("PATCH", f"/notifications/{second}", {"read": True}, user="alice")
    email = look(service, second)["channels"]["email"]
    assert email["delivery"]["items"] == 3
    assert email["explanation"].endswith("You have read it: if that stays so, it is left out.")
    assert "with 2 others and leaves at 10:05 UTC" in email["explanation"]

    timeline.at("2026-11-24T10:05:20Z")
    assert timeline.leaves() == [2]
    histories = [look(service, made) for made in (first, second, third)]
    sent = "Sent at 10:05 UTC together with 1 other, because warnings are grouped." + MINE
    assert [history["channels"]["email"]["explanation"] for history in histories] == [
        sent, "Not sent: you had read it in the app before the email left.", sent,
    ]  # fmt: skip
    assert [history["channels"]["email"]["delivery"]["items"] for history in histories] == [2, 2, 2]
    assert [history["deliveries"][0]["left_out"] for history in histories] == [None, "read", None]
    assert not any(word in str([history, *histories]) for word in ("secret", "@example.com"))


def test_a_scheduled_and_later_archived_notification_is_explained(
    service: Service, timeline: Timeline, reachable: Callable[..., None]
) -> None:
    reachable("alice")
    timeline.at(START)
    made = record(service, send_at="2026-11-25T08:00:00Z")
    channels = look(service, made)["channels"]
    assert channels["in_app"] == {
        "reason": "scheduled", "explanation": "Shown in the app from 2026-11-25 08:00 UTC on (scheduled).",
    }  # fmt: skip
    assert channels["email"]["delivery"]["digest"] == "event"
    assert "leaves at 2026-11-25 08:05 UTC" in channels["email"]["explanation"]

    timeline.at("2026-11-25T08:01:00Z")
    assert look(service, made)["channels"]["in_app"]["reason"] == "shown"
    service.call("PATCH", f"/notifications/{made}", {"archived": True}, user="alice")
    timeline.at("2026-11-25T08:05:00Z")
    assert timeline.leaves() == []
    channels = look(service, made)["channels"]
    assert channels["in_app"]["reason"] == "archived"
    assert channels["email"]["explanation"] == "Not sent: you had archived it in the app before the email left."


def test_a_channel_switched_off_before_the_delivery_was_due_is_explained(
    service: Service, timeline: Timeline, reachable: Callable[..., None], connect: Connect
) -> None:
    reachable("alice")
    timeline.at(START)
    made = record(service)
    connect().execute(
        "UPDATE preferences SET channels = channels || jsonb_build_object('email', false), in_app_enabled = false"
    )
    timeline.at("2026-11-24T10:05:20Z")
    assert timeline.leaves() == []
    assert look(service, made)["channels"]["email"]["explanation"] == (
        "Not sent: when the email was due, it had been switched off."
    )
    channels = look(service, record(service))["channels"]
    assert channels["in_app"]["reason"] == "disabled"
    assert channels["email"]["explanation"] == "No email: your settings switch it off."


def test_an_overflow_digest_is_explained(service: Service, timeline: Timeline, reachable: Callable[..., None]) -> None:
    reachable("alice")
    timeline.at(START)
    made = [record(service, severity="critical") for _ in range(7)]
    assert timeline.leaves() == [1] * 5
    last = look(service, made[-1])["channels"]["email"]
    assert (last["delivery"]["digest"], last["delivery"]["items"]) == ("limit", 2)
    assert last["explanation"] == (
        "The email waits in a digest with 1 other and leaves at 10:01 UTC,"
        " because more was to leave in one minute than the limit allows." + MINE
    )
    assert look(service, made[0])["channels"]["email"]["explanation"] == (
        "Sent at 10:00 UTC, because it is critical." + MINE
    )


def test_a_notification_of_an_older_release_is_explained_too(
    service: Service, timeline: Timeline, reachable: Callable[..., None], connect: Connect
) -> None:
    reachable("alice")
    timeline.at(START)
    made = record(service)
    older = (
        '{"email": {"action": "now", "reason": "severity_warning"}, "push": {"action": "off", "reason": "disabled"}}'
    )
    connect().execute("UPDATE notifications SET routing = %s", [older])
    connect().execute("UPDATE deliveries SET digest_key = NULL, open_digest_key = NULL")
    history = look(service, made)
    assert history["routing"] == {
        "email": {"action": "now", "reason": "severity_warning"}, "push": {"action": "off", "reason": "disabled"},
    }  # fmt: skip
    assert history["channels"]["email"]["delivery"]["digest"] == "single"
    assert history["channels"]["email"]["explanation"] == (
        "The email leaves at 10:05 UTC, because warnings are sent at once."
    )
    assert history["channels"]["push"]["explanation"] == "No push message: a setting switches it off."
