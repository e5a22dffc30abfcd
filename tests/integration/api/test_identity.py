"""Identity: the people for whom a token may make requests, on each route of create and read."""

from typing import Any

import pytest

from tests.support.environment import Connect
from tests.support.service import Service

GOOD: dict[str, Any] = {"event_name": "a.b", "title": "T"}
ID = "0198c0de-0000-7000-8000-000000000000"
ROUTES: list[tuple[str, str, Any]] = [
    ("POST", "/notifications", GOOD),
    ("GET", "/notifications", None),
    ("GET", "/notifications/unread-count", None),
    ("PATCH", "/notifications", {"all": True}),
    ("PATCH", f"/notifications/{ID}", {"read": True}),
    ("GET", f"/notifications/{ID}/deliveries", None),
]
SPELLINGS = ["user_id", "userId", "user_ids", "userIds"]


def test_a_token_without_an_identity_is_401_on_each_route(service: Service) -> None:
    for claims in ({}, {"client_id": "app"}, {"client_id": "app", "scope": "carillon/sender"}, {"sub": ""}):
        for method, path, body in ROUTES:
            answer = service.call(method, path, body, claims=claims)
            assert (method, path, answer.status, answer.json["error"]["code"]) == (method, path, 401, "unauthorized")


def test_a_subject_that_cannot_be_stored_is_401(service: Service) -> None:
    for name in ("x" * 129, "a\x00b", "a\ud800"):
        for method, path, body in ROUTES:
            assert (path, service.call(method, path, body, claims={"sub": name}).status) == (path, 401)


def test_a_producer_without_a_subject_can_send_and_has_no_feed(service: Service) -> None:
    for claims in (
        {"client_id": "billing", "scope": "carillon/send"},
        {"azp": "billing", "scope": "a carillon/send b"},
    ):
        made = service.call("POST", "/notifications", GOOD | {"user_id": "alice"}, claims=claims)
        assert made.status == 201
        path = f"/notifications/{made.json['notification']['id']}/deliveries"
        assert service.call("GET", path, claims=claims).status == 200
        assert service.call("GET", "/notifications", claims=claims).status == 401
        assert service.call("PATCH", "/notifications", {"all": True}, claims=claims).status == 401
    assert service.call("GET", "/notifications", user="alice").json["unread_count"] == 2


@pytest.mark.parametrize("scope", ["carillon/sender", "xcarillon/send", "carillon", "", None])
def test_without_the_scope_a_body_may_name_no_user(service: Service, connect: Connect, scope: str | None) -> None:
    """It may not even name its own user: the caller must notice that it has no right to name people."""
    claims = {"sub": "alice", "client_id": "app"} | ({"scope": scope} if scope is not None else {})
    for spelling in SPELLINGS:
        for person in ("alice", "bob"):
            named = [person] if spelling.endswith("s") else person
            answer = service.call("POST", "/notifications", GOOD | {spelling: named}, claims=claims)
            assert (spelling, person, answer.status) == (spelling, person, 403)
            assert "carillon/send" in answer.json["error"]["message"]
    assert connect().execute("SELECT FROM notifications").fetchall() == []
    assert service.call("POST", "/notifications", GOOD, claims=claims).json["notification"]["user_id"] == "alice"


@pytest.mark.parametrize("scope", ["carillon/send", "carillon/recipients", "carillon/erase"])
def test_a_route_that_takes_no_name_says_so_to_each_scope_in_body_and_query(service: Service, scope: str) -> None:
    claims = {"sub": "alice", "client_id": "app", "scope": scope}
    in_body = service.call("PATCH", "/notifications", {"all": True, "user_id": "bob"}, claims=claims)
    in_query = service.call("PATCH", "/notifications", {"all": True}, claims=claims, query={"user_id": "bob"})
    assert (in_body.status, in_query.status) == (422, 422)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_query_may_name_no_user(service: Service, spelling: str) -> None:
    for method, path, body in ROUTES:
        for person in ("alice", "bob", ""):
            by_user = service.call(method, path, body, user="alice", query={spelling: person})
            assert (method, path, by_user.status) == (method, path, 403)
        sent = body | {"user_id": "alice"} if method == "POST" else body
        by_producer = service.call(method, path, sent, producer="billing", query={spelling: "alice"})
        assert (method, path, by_producer.status) == (method, path, 422)
    assert service.call("GET", "/notifications", user="alice").json["unread_count"] == 0


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_mark_may_name_no_user(service: Service, spelling: str) -> None:
    for path, body in (("/notifications", {"all": True}), (f"/notifications/{ID}", {"read": True})):
        by_user = service.call("PATCH", path, body | {spelling: "alice"}, user="alice")
        assert (by_user.status, by_user.json["error"]["code"]) == (403, "forbidden")
        assert service.call("PATCH", path, body | {spelling: "alice"}, producer="billing").status == 422


def test_a_producer_must_name_recipients_in_exactly_one_way(service: Service, connect: Connect) -> None:
    cases: list[tuple[dict[str, Any], str | None]] = [
        ({}, None), ({"user_id": None}, None), ({"user_ids": []}, "user_ids"),
        ({"user_id": "a", "user_ids": ["b"]}, "request"),
        ({"user_id": "a", "userId": "a"}, "request"), ({"userId": "a", "userIds": ["a"]}, "request"),
    ]  # fmt: skip
    for change, field in cases:
        answer = service.call("POST", "/notifications", GOOD | change, producer="billing")
        assert (change, answer.status) == (change, 422)
        assert (answer.json["error"].get("details") or [{"field": None}])[0]["field"] == field
    assert connect().execute("SELECT FROM notifications").fetchall() == []


def test_the_creator_is_the_client_id_and_not_the_subject(service: Service, connect: Connect) -> None:
    scope = {"scope": "carillon/send"}
    for claims in ({"client_id": "c", "azp": "a", "sub": "s"}, {"azp": "a", "sub": "s"}, {"sub": "s"}):
        service.call("POST", "/notifications", GOOD | {"user_id": "alice"}, claims=claims | scope)
    service.call("POST", "/notifications", GOOD, user="alice")
    rows = connect().execute("SELECT created_by FROM notifications ORDER BY id").fetchall()
    assert [row["created_by"] for row in rows] == ["producer:c", "producer:a", "producer:s", "user:alice"]
