"""Scheduled and expiring notifications: not shown before `send_at`, and not sent after `expires_at`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.environment import Connect
from tests.support.service import Service, end_containers

LATER = timedelta(days=30)


def moment(ahead: timedelta = timedelta()) -> str:
    return (datetime.now(UTC) + ahead).isoformat()


@pytest.fixture
def travel(connect: Connect, service: Service) -> Callable[[timedelta], None]:
    """Return a function that moves the clock of the database."""

    def go(ahead: timedelta) -> None:
        connect().execute(
            f"""
            DO $$ BEGIN
                EXECUTE format('ALTER DATABASE %I SET carillon.now = %L', current_database(), '{moment(ahead)}');
            END $$
            """.encode()
        )
        end_containers()

    return go


def create(service: Service, **content: Any) -> dict[str, Any]:
    body = {"user_id": "alice", "event_name": "visit.reminder", "title": "T"} | content
    answer = service.call("POST", "/notifications", body, producer="clinic")
    assert answer.status == 201
    return answer.json["notification"]


def seen(service: Service, **query: str) -> tuple[list[str], int]:
    """Return the ids of a list and the unread count, which the badge must repeat."""
    page = service.call("GET", "/notifications", user="alice", query=query).json
    badge = service.call("GET", "/notifications/unread-count", user="alice").json
    assert badge["unread_count"] == page["unread_count"]
    return [each["id"] for each in page["notifications"]], page["unread_count"]


# send_at --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [LATER, timedelta(minutes=2)], ids=["far", "near"])
def test_a_scheduled_notification_is_hidden_until_its_time_and_then_on_top(
    service: Service, travel: Callable[[timedelta], None], ahead: timedelta
) -> None:
    scheduled = create(service, send_at=moment(ahead))["id"]
    usual = create(service)["id"]
    for query in ({}, {"unread": "1"}):
        assert seen(service, **query) == ([usual], 1)
    assert seen(service, archived="1") == ([], 1)

    travel(ahead + timedelta(seconds=1))
    for query in ({}, {"unread": "1"}):
        assert seen(service, **query) == ([scheduled, usual], 2)


def test_a_time_in_the_past_hides_nothing(service: Service) -> None:
    made = create(service, send_at=moment(-LATER))["id"]
    assert seen(service) == ([made], 1)


def test_pages_continue_when_a_scheduled_notification_becomes_visible(
    service: Service, travel: Callable[[timedelta], None]
) -> None:
    scheduled = create(service, send_at=moment(LATER))["id"]
    usual = [create(service)["id"] for _ in range(3)][::-1]
    first = service.call("GET", "/notifications", user="alice", query={"limit": "2"}).json
    assert [each["id"] for each in first["notifications"]] == usual[:2]

    travel(LATER * 2)
    assert seen(service, cursor=first["next_cursor"]) == (usual[2:], 4)
    assert seen(service, limit="1") == ([scheduled], 4)


def test_marking_all_as_read_does_not_change_scheduled_notifications(
    service: Service, travel: Callable[[timedelta], None]
) -> None:
    scheduled = create(service, send_at=moment(LATER))["id"]
    create(service)
    everything = {"all": True}
    assert service.call("PATCH", "/notifications", everything, user="alice").json["updated"] == 1
    # Before its time, a later `before` does not mark it either.
    ahead = everything | {"before": moment(LATER * 2)}
    assert service.call("PATCH", "/notifications", ahead, user="alice").json["updated"] == 0

    travel(LATER * 2)
    assert seen(service, unread="1") == ([scheduled], 1)
    # Created before that time, and not visible before it.
    seen_so_far = everything | {"before": moment(LATER / 2)}
    assert service.call("PATCH", "/notifications", seen_so_far, user="alice").json["updated"] == 0
    assert service.call("PATCH", "/notifications", ahead, user="alice").json["updated"] == 1


def test_a_notification_archived_before_its_time_is_not_sent(
    service: Service, reachable: Callable[..., None], travel: Callable[[timedelta], None]
) -> None:
    reachable("alice")
    scheduled = create(service, send_at=moment(LATER), severity="critical")["id"]
    answer = service.call("PATCH", f"/notifications/{scheduled}", {"archived": True}, user="alice")
    assert answer.json["notification"]["archived_at"]
    assert seen(service, archived="1") == ([], 0)

    travel(LATER * 2)
    assert service.reap()["dispatched"] == 1
    service.deliver()
    assert service.emails == []
    assert state(service, scheduled) == ("skipped", "already_read")
    assert seen(service, archived="1") == ([scheduled], 0)


# expires_at -----------------------------------------------------------------------------------------------------------


def state(service: Service, notification_id: str) -> tuple[str, str]:
    """Return the state of the email."""
    history = service.call("GET", f"/notifications/{notification_id}/deliveries", user="alice").json
    [delivery] = history["deliveries"]
    return delivery["status"], delivery["error_code"]


def test_a_notification_that_would_be_sent_after_it_expires_is_off(
    service: Service, reachable: Callable[..., None]
) -> None:
    reachable("alice")
    # A digest is due after 5 minutes.
    made = create(service, severity="warning", expires_at=moment(timedelta(minutes=4)))
    assert made["routing"]["email"] == {"action": "off", "reason": "expired"}
    assert service.messages() == []
    assert seen(service) == ([made["id"]], 1)  # the feed keeps it
    in_time = create(service, severity="warning", expires_at=moment(timedelta(minutes=6)))
    assert in_time["routing"]["email"]["action"] == "digest"


def test_a_notification_that_expires_before_it_is_sent_is_skipped(
    service: Service, reachable: Callable[..., None], travel: Callable[[timedelta], None]
) -> None:
    reachable("alice")
    made = create(service, severity="critical", expires_at=moment(timedelta(minutes=4)))
    assert made["routing"]["email"]["action"] == "now"

    travel(timedelta(minutes=5))
    service.deliver()
    assert service.emails == []
    assert state(service, made["id"]) == ("skipped", "expired")
    assert seen(service) == ([made["id"]], 1)


def test_a_digest_is_sent_without_its_expired_items(
    service: Service, reachable: Callable[..., None], travel: Callable[[timedelta], None]
) -> None:
    reachable("alice")
    short = create(service, severity="warning", title="Short", expires_at=moment(timedelta(minutes=6)))
    create(service, severity="warning", title="Lasting")

    travel(timedelta(minutes=8))
    assert service.reap()["redispatched"] == 1  # by the clock of the queue, the first message is still hidden
    service.deliver()
    [email] = service.emails
    assert "Lasting" in email.body
    assert "Short" not in email.body
    history = service.call("GET", f"/notifications/{short['id']}/deliveries", user="alice").json
    assert [each["left_out"] for each in history["deliveries"]] == ["expired"]
