"""Marking as read and archived: what a person may change, and what repeats change."""

from typing import Any

import pytest

from tests.support.environment import Connect
from tests.support.service import Service

NOBODYS = "0198c0de-0000-7000-8000-000000000000"


@pytest.fixture
def made(service: Service) -> dict[str, Any]:
    """Return a notification for alice."""
    return create(service, "alice")


def create(service: Service, user: str) -> dict[str, Any]:
    return service.call("POST", "/notifications", {"event_name": "a.b", "title": "T"}, user=user).json["notification"]


def mark(service: Service, notification_id: str, **change: bool) -> dict[str, Any]:
    answer = service.call("PATCH", f"/notifications/{notification_id}", change, user="alice")
    assert answer.status == 200
    return answer.json["notification"]


def mark_all(service: Service, user: str = "alice", **more: str) -> dict[str, Any]:
    answer = service.call("PATCH", "/notifications", {"all": True, **more}, user=user)
    assert answer.status == 200
    return answer.json


def test_marking_read_twice_keeps_the_first_time(service: Service, made: dict[str, Any]) -> None:
    by_body = service.call("PATCH", "/notifications", {"notification_id": made["id"]}, user="alice")
    first = by_body.json["notification"]
    assert (made["read_at"], by_body.status) == (None, 200)
    assert first["read_at"] == first["updated_at"] > made["updated_at"]
    assert mark(service, made["id"], read=True) == first
    assert service.call("PATCH", "/notifications", {"notificationId": made["id"]}, user="alice").json == by_body.json


def test_a_person_marks_it_unread_again_and_takes_it_back_from_the_archive(
    service: Service, made: dict[str, Any]
) -> None:
    mark(service, made["id"], read=True)
    again = mark(service, made["id"], read=False)
    assert (again["read_at"], again["archived_at"]) == (None, None)
    assert mark(service, made["id"], read=False) == again

    away = mark(service, made["id"], archived=True)
    assert (away["read_at"], away["archived_at"]) == (None, away["updated_at"])
    assert mark(service, made["id"], archived=True) == away
    assert service.call("GET", "/notifications/unread-count", user="alice").json == {"unread_count": 0}
    back = mark(service, made["id"], archived=False)
    assert back["archived_at"] is None
    assert service.call("GET", "/notifications/unread-count", user="alice").json == {"unread_count": 1}


def test_read_and_archived_change_together_and_an_omitted_field_stays(service: Service, made: dict[str, Any]) -> None:
    both = mark(service, made["id"], read=True, archived=True)
    assert both["read_at"] == both["archived_at"] == both["updated_at"]
    half = mark(service, made["id"], archived=False)
    assert (half["read_at"], half["archived_at"]) == (both["read_at"], None)


def test_marking_all_changes_only_unread_and_visible_notifications(service: Service, connect: Connect) -> None:
    ids = [create(service, "alice")["id"] for _ in range(4)]
    create(service, "bob")
    read = mark(service, ids[0], read=True)
    mark(service, ids[1], archived=True)

    answer = mark_all(service)
    assert answer["updated"] == 2
    assert mark_all(service) == {"updated": 0, "read_at": None}

    rows = connect().execute("SELECT id::text, user_id, read_at IS NULL AS unread FROM notifications").fetchall()
    unread = {row["id"] if row["user_id"] == "alice" else row["user_id"] for row in rows if row["unread"]}
    assert unread == {ids[1], "bob"}
    feed = service.call("GET", "/notifications", user="alice").json["notifications"]
    assert next(each for each in feed if each["id"] == ids[0]) == read
    assert {each["read_at"] for each in feed if each["id"] in ids[2:]} == {answer["read_at"]}


def test_marking_all_before_a_time_keeps_later_notifications_unread(service: Service) -> None:
    old, seen, new = (create(service, "alice") for _ in range(3))
    assert mark_all(service, before=seen["created_at"])["updated"] == 2
    page = service.call("GET", "/notifications", user="alice", query={"unread": "1"}).json
    assert [each["id"] for each in page["notifications"]] == [new["id"]]
    assert old["created_at"] < seen["created_at"] < new["created_at"]


def test_undo_restores_exactly_what_was_unread(service: Service) -> None:
    before, kept, again, archived = (create(service, "alice")["id"] for _ in range(4))
    mark(service, before, read=True)
    marked = mark_all(service)
    bobs = create(service, "bob")
    mark_all(service, user="bob")
    mark(service, again, read=False)
    read_again = mark(service, again, read=True)  # the person's later mark stays
    mark(service, archived, archived=True)
    later = create(service, "alice")["id"]
    second = mark_all(service)

    assert mark_all(service, undo=marked["read_at"]) == {"updated": 1, "read_at": None}
    feed = {each["id"]: each for each in service.call("GET", "/notifications", user="alice").json["notifications"]}
    assert [key for key, each in feed.items() if each["read_at"] is None] == [kept]
    assert feed[again] == read_again
    assert mark_all(service, undo=marked["read_at"])["updated"] == 0
    assert mark_all(service, undo=second["read_at"])["updated"] == 1
    assert service.call("GET", "/notifications/unread-count", user="alice").json == {"unread_count": 2}
    assert later != kept
    assert service.call("GET", "/notifications", user="bob").json["notifications"][0]["id"] == bobs["id"]
    assert service.call("GET", "/notifications/unread-count", user="bob").json == {"unread_count": 0}


def test_the_answer_is_the_same_for_another_persons_notification_and_an_unknown_one(
    service: Service, made: dict[str, Any], connect: Connect
) -> None:
    before = connect().execute("SELECT * FROM notifications").fetchall()
    for method, path, body in (
        ("PATCH", "/notifications/{}", {"read": True}),
        ("PATCH", "/notifications/{}", {"archived": True}),
        ("PATCH", "/notifications", {"notification_id": "{}"}),
        ("GET", "/notifications/{}/deliveries", None),
    ):
        answers = [
            service.call(
                method,
                path.format(each),
                {name: each if value == "{}" else value for name, value in body.items()} if body else None,
                user="bob",
            )
            for each in (made["id"], NOBODYS)
        ]
        assert answers[0] == answers[1]
        assert (answers[0].status, answers[0].json["error"]["code"]) == (404, "not_found")
    page = service.call("GET", "/notifications", user="bob", query={"cursor": made["id"]}).json
    assert page == {"notifications": [], "next_cursor": None, "unread_count": 0, "live": None}
    assert service.call("PATCH", "/notifications", {"all": True}, user="bob").json["updated"] == 0
    assert connect().execute("SELECT * FROM notifications").fetchall() == before


def test_a_producer_sees_only_the_deliveries_of_its_own_notifications(service: Service) -> None:
    body = {"user_id": "alice", "event_name": "a.b", "title": "T"}
    made = service.call("POST", "/notifications", body, producer="billing").json["notification"]
    path = f"/notifications/{made['id']}/deliveries"
    assert service.call("GET", path, producer="billing").status == 200
    assert service.call("GET", path, user="alice").status == 200
    nobodys = service.call("GET", f"/notifications/{NOBODYS}/deliveries", producer="sync")
    assert service.call("GET", path, producer="sync") == nobodys
    assert nobodys.status == 404
    # A user whose subject is the producer's name is not the producer.
    assert service.call("GET", path, user="billing").status == 404
    # The scope gives no access to the feeds of others: a producer marks only notifications for its own subject.
    assert service.call("PATCH", f"/notifications/{made['id']}", {"read": True}, producer="billing").status == 404


def test_a_malformed_id_is_answered_like_an_unknown_one(service: Service) -> None:
    for text in ("x", "%00", "..", "0198c0de", NOBODYS + "0"):
        for method, path, body in (("PATCH", "", {"read": True}), ("GET", "/deliveries", None)):
            answer = service.call(method, f"/notifications/{text}{path}", body, user="alice")
            assert (text, answer.status) == (text, 404)
