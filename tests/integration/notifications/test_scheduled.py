"""What is scheduled is neither listed nor counted nor marked before its time; what expires is not sent after it."""

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
    """Let the database's clock show another time from now on."""

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
    """The ids of a list, and the count beside it, which the badge has too."""
    page = service.call("GET", "/notifications", user="alice", query=query).json
    badge = service.call("GET", "/notifications/unread-count", user="alice").json
    assert badge["unread_count"] == page["unread_count"]
    return [each["id"] for each in page["notifications"]], page["unread_count"]


# send_at --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead", [LATER, timedelta(minutes=2)], ids=["far", "near"])
def test_hidden_until_its_time_and_on_top_from_then_on(
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


def test_a_time_that_has_passed_hides_nothing(service: Service) -> None:
    made = create(service, send_at=moment(-LATER))["id"]
    assert seen(service) == ([made], 1)


def test_pages_go_on_where_they_were_when_its_time_comes(service: Service, travel: Callable[[timedelta], None]) -> None:
    scheduled = create(service, send_at=moment(LATER))["id"]
    usual = [create(service)["id"] for _ in range(3)][::-1]
    first = service.call("GET", "/notifications", user="alice", query={"limit": "2"}).json
    assert [each["id"] for each in first["notifications"]] == usual[:2]

    travel(LATER * 2)
    assert seen(service, cursor=first["next_cursor"]) == (usual[2:], 4)
    assert seen(service, limit="1") == ([scheduled], 4)


def test_all_read_leaves_what_is_still_to_come(service: Service, travel: Callable[[timedelta], None]) -> None:
    scheduled = create(service, send_at=moment(LATER))["id"]
    create(service)
    everything = {"all": True}
    assert service.call("PATCH", "/notifications", everything, user="alice").json == {"updated": 1}
    # Before its time even a later moment does not reach it.
    ahead = everything | {"before": moment(LATER * 2)}
    assert service.call("PATCH", "/notifications", ahead, user="alice").json == {"updated": 0}

    travel(LATER * 2)
    assert seen(service, unread="1") == ([scheduled], 1)
    # Created by then, and not shown by then.
    seen_so_far = everything | {"before": moment(LATER / 2)}
    assert service.call("PATCH", "/notifications", seen_so_far, user="alice").json == {"updated": 0}
    assert service.call("PATCH", "/notifications", ahead, user="alice").json == {"updated": 1}


def test_whoever_archives_it_before_its_time_is_sent_nothing(
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
    """Where the email stands."""
    story = service.call("GET", f"/notifications/{notification_id}/deliveries", user="alice").json
    [delivery] = story["deliveries"]
    return delivery["status"], delivery["error_code"]


def test_what_would_leave_too_late_is_off(service: Service, reachable: Callable[..., None]) -> None:
    reachable("alice")
    made = create(service, severity="warning", expires_at=moment(timedelta(minutes=4)))  # a digest takes five
    assert made["routing"]["email"] == {"action": "off", "reason": "expired"}
    assert service.messages() == []
    assert seen(service) == ([made["id"]], 1)  # the feed keeps it
    in_time = create(service, severity="warning", expires_at=moment(timedelta(minutes=6)))
    assert in_time["routing"]["email"]["action"] == "digest"


def test_what_expired_on_its_way_is_skipped(
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


def test_a_digest_leaves_without_what_expired(
    service: Service, reachable: Callable[..., None], travel: Callable[[timedelta], None]
) -> None:
    reachable("alice")
    short = create(service, severity="warning", title="Short", expires_at=moment(timedelta(minutes=6)))
    create(service, severity="warning", title="Lasting")

    travel(timedelta(minutes=8))
    assert service.reap()["redispatched"] == 1  # the first message still waits, by the queue's clock
    service.deliver()
    [email] = service.emails
    assert "Lasting" in email.body
    assert "Short" not in email.body
    story = service.call("GET", f"/notifications/{short['id']}/deliveries", user="alice").json
    assert [each["left_out"] for each in story["deliveries"]] == ["expired"]
