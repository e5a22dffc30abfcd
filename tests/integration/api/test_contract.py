"""The HTTP contract for valid and invalid input: no input gives a 500, and errors are clear to a new client."""

import base64
import json
from typing import Any

import create
from tests.support.environment import Connect, FakeLambdaContext
from tests.support.service import Answer, Service, http_event

GOOD: dict[str, Any] = {"event_name": "a.b", "title": "T"}
ID = "0198c0de-0000-7000-8000-000000000000"


def error_of(answer: Answer) -> tuple[int, str]:
    """Check the form of an error and return its status and code."""
    error = answer.json["error"]
    assert set(error) <= {"code", "message", "details", "request_id", "docs"}
    assert error["message"]
    assert (error["request_id"], error["docs"]) == ("request-1", f"docs/errors.md#{error['code']}")
    for detail in error.get("details", []):
        assert detail["field"]
        assert detail["message"]
    return answer.status, error["code"]


def test_a_client_that_uses_camel_case_only_works(service: Service) -> None:
    """The client knows GET, POST and PATCH on /notifications, and reads snake_case."""
    body = {
        "eventName": "cta.broken", "title": "A call to action is broken", "body": "The link answers 404.",
        "severity": "warning", "resourceId": "cta_7", "batchKey": "cta", "targetUrl": "/cta/7",
        "data": {"clickCount": 3},
    }  # fmt: skip
    made = service.call("POST", "/notifications", body, user="alice")
    assert made.status == 201
    notification = made.json["notification"]
    assert notification == {
        "id": notification["id"], "user_id": "alice", "created_by": {"kind": "you", "name": None},
        "event_name": "cta.broken", "title": body["title"],
        "body": body["body"], "summary": None, "severity": "warning", "target_url": "/cta/7", "data": {"clickCount": 3},
        "batch_key": "cta", "send_at": None, "expires_at": None,
        "read_at": None, "archived_at": None, "created_at": notification["created_at"],
        "updated_at": notification["created_at"], "idempotency_key": "alice:cta.broken:cta_7", "in_app": True,
        "routing": notification["routing"],
    }  # fmt: skip
    listed = service.call("GET", "/notifications", user="alice", query={"unread": "1"}).json
    shown = {name: notification[name] for name in notification if name not in ("idempotency_key", "in_app", "routing")}
    assert listed == {"notifications": [shown], "next_cursor": None, "unread_count": 1, "live": None}

    service.call("POST", "/notifications", {"eventName": "a.b", "title": "T"}, user="alice")
    marked = service.call("PATCH", "/notifications", {"notificationId": notification["id"]}, user="alice")
    assert marked.json["notification"]["read_at"] == marked.json["notification"]["updated_at"]
    assert service.call("PATCH", "/notifications", {"all": True}, user="alice").json["updated"] == 1
    assert service.call("GET", "/notifications", user="alice", query={"unread": "1"}).json["notifications"] == []


def test_all_allowed_fields_are_returned_as_they_were_sent(service: Service, connect: Connect) -> None:
    full: dict[str, Any] = {
        "event_name": "x" * 100, "title": "🔔" * 200, "body": "é\n\t" + "🔔" * 3997, "summary": "s" * 200,
        "severity": "critical", "target_url": "/" + "x" * 2047, "resource_id": "r" * 128, "idempotency_key": "🔔" * 255,
        "batch_key": "🔔" * 255, "data": {"a": [1, 2.5, None, True, '\x01"\\', {"é": 10**300}], "": {}},
    }  # fmt: skip
    claims = {"client_id": "🔔" * 255, "scope": "carillon/send"}
    made = service.call("POST", "/notifications", full | {"user_id": "🔔" * 128}, claims=claims)
    assert made.status == 201, made.text
    del full["resource_id"]  # only part of keys, never stored itself
    assert {name: made.json["notification"][name] for name in full} == full
    [listed] = service.call("GET", "/notifications", user="🔔" * 128).json["notifications"]
    assert {name: listed[name] for name in full if name != "idempotency_key"} == {
        name: value for name, value in full.items() if name != "idempotency_key"
    }
    assert service.call("POST", "/notifications", full | {"user_id": "🔔" * 128}, claims=claims).status == 422
    deep: Any = 1
    for _ in range(31):
        deep = {"a": deep}
    service.call("POST", "/notifications", GOOD | {"data": {"deep": deep}}, user="alice")
    assert service.call("GET", "/notifications", user="alice").json["notifications"][0]["data"] == {"deep": deep}


UNREADABLE = [
    "{", "nonsense", '{"title": }', "[" * 16_000, '{"event_name":"a.b","title":"T","data":{"a":' + "[" * 16_000,
    '{"a":1}{"b":2}', "\ufeff\ufeff{}", "'{}'",
]  # fmt: skip


def test_a_body_that_is_not_json_is_400(service: Service) -> None:
    for body in UNREADABLE:
        for method, path in (
            ("POST", "/notifications"),
            ("PATCH", "/notifications"),
            ("PATCH", f"/notifications/{ID}"),
        ):
            answer = service.call(method, path, body, user="alice")
            assert (body[:20], *error_of(answer)) == (body[:20], 400, "invalid_json")


def test_a_body_in_base64_is_decoded(service: Service) -> None:
    """The gateway encodes bodies that it does not treat as text."""

    def post(raw: str) -> Answer:
        event = http_event("POST", "/notifications", raw, claims={"sub": "alice"}) | {"isBase64Encoded": True}
        answer = create.handler(event, FakeLambdaContext())
        return Answer(answer["statusCode"], answer["headers"], answer["body"])

    assert post(base64.b64encode(json.dumps(GOOD).encode()).decode()).status == 201
    for broken in ("abc", base64.b64encode(b'{"title": "\xff\xfe"}').decode(), base64.b64encode(b"{").decode()):
        assert error_of(post(broken)) == (400, "invalid_json")


BAD_CHANGES: list[dict[str, Any]] = [
    {"title": ""}, {"title": "x" * 201}, {"title": 7}, {"title": None}, {"title": "a\nb"}, {"title": "a\x00"},
    {"body": "x" * 4001}, {"summary": "x" * 201}, {"event_name": "A b"}, {"event_name": "x" * 101},
    {"severity": "urgent"}, {"resource_id": "x" * 129}, {"idempotency_key": "x" * 256}, {"batch_key": "x" * 256},
    {"data": {"a": "x" * 16384}}, {"data": []}, {"data": {"a": "\x00"}}, {"data": {"\x00": 1}},
    {"target_url": "//evil.example"}, {"target_url": "http://docs.example.com"},
    {"target_url": "javascript:alert(1)"},
    {"target_url": "https://other.example.com/"}, {"target_url": "billing"}, {"target_url": ""},
    {"sevrity": "critical"}, {"eventName": "a.b"}, {"target_url": "/a", "targetUrl": "/a"},
]  # fmt: skip
BAD_TEXTS = [
    '"data":{"a":NaN}', '"data":{"a":-Infinity}', '"data":{"a":1e999}', '"data":{"a":' + "9" * 5000 + "}",
    '"data":{"a":"\\ud800"}', '"data":{"\\ud800":1}', '"data":{"a":' + "[" * 300 + "]" * 300 + "}",
    '"data":{"a":' + '{"a":' * 900 + "1" + "}" * 900 + "}", '"body":"\\ud800"', '"summary":"\\udc00"',
    '"severity":"\\ud800"', '"target_url":"/\\ud800"', '"\\ud800":1', '"batch_key":"\\u0000"', '"title":"\\u2028"',
    '"resource_id":NaN', '"body":' + "9" * 5000,
]  # fmt: skip
BAD_BODIES: list[Any] = [
    None, "", "{}", "null", "[]", '"x"', "7", "true", [GOOD], [GOOD, GOOD],
    *[GOOD | change for change in BAD_CHANGES],
    *['{"event_name":"a.b","title":"T",' + change + "}" for change in BAD_TEXTS],
]  # fmt: skip


def test_a_json_body_that_is_not_allowed_is_422_and_records_nothing(service: Service, connect: Connect) -> None:
    for body in BAD_BODIES:
        answer = service.call("POST", "/notifications", body, user="alice")
        assert (ascii(body)[:80], *error_of(answer)) == (ascii(body)[:80], 422, "invalid")
        assert len(answer.text) < 1000  # a short list of details
    assert connect().execute("SELECT FROM notifications").fetchall() == []


def test_the_allowed_and_the_refused_link_targets(service: Service) -> None:
    for url in ("/", "/billing?tab=1#x", "https://docs.example.com/page"):
        assert service.call("POST", "/notifications", GOOD | {"target_url": url}, user="alice").status == 201
    answer = service.call("POST", "/notifications", GOOD | {"target_url": "https://other.example.com"}, user="alice")
    [detail] = answer.json["error"]["details"]
    assert detail["field"] == "target_url"
    assert "not one of the allowed origins" in detail["message"]


def test_a_request_may_have_a_thousand_recipients_and_not_one_more(service: Service, connect: Connect) -> None:
    people = [f"user_{number}" for number in range(1001)]
    many = service.call("POST", "/notifications", GOOD | {"user_ids": people}, producer="billing")
    assert error_of(many) == (422, "invalid")
    assert many.json["error"]["details"][0]["field"] == "user_ids"
    answer = service.call("POST", "/notifications", GOOD | {"user_ids": people[:1000]}, producer="billing")
    assert (answer.status, answer.json["created"]) == (201, 1000)
    assert [each["user_id"] for each in answer.json["notifications"]] == people[:1000]


def test_keys_in_the_header_have_the_same_limits_as_in_the_body(service: Service) -> None:
    for key, status in (("k" * 255, 201), ("k" * 256, 422), ("", 422), ("a\nb", 422), ("a,b", 201)):
        answer = service.call("POST", "/notifications", GOOD, user="alice", headers={"Idempotency-Key": key})
        assert (key, answer.status) == (key, status)
        if status == 201:
            assert answer.json["notification"]["idempotency_key"] == key


QUERIES: list[tuple[dict[str, str], int]] = [
    ({"limit": "1"}, 200), ({"limit": "100"}, 200), ({"limit": "0"}, 422), ({"limit": "101"}, 422),
    ({"limit": "-1"}, 422), ({"limit": "x"}, 422), ({"limit": "9" * 5000}, 422), ({"limit": "5,6"}, 422),
    ({"cursor": ID}, 200), ({"cursor": "x"}, 422), ({"cursor": "a\x00"}, 422), ({"unread": "maybe"}, 422),
    ({"event": "e" * 100}, 200), ({"event": "e" * 101}, 422), ({"event": "A"}, 422), ({"event": "a%"}, 422),
    ({"archived": "7"}, 422), ({"unheard_of": "1"}, 200),
]  # fmt: skip


def test_valid_and_invalid_queries(service: Service) -> None:
    for query, status in QUERIES:
        answer = service.call("GET", "/notifications", user="alice", query=query)
        assert (query, answer.status) == (query, status)
        if status == 422:
            assert error_of(answer) == (422, "invalid")
            assert answer.json["error"]["details"][0]["field"] == next(iter(query))


BAD_MARKS: list[Any] = [
    {"all": "true"}, {"all": 1}, {"all": True, "before": 5}, {"all": True, "before": "1795480000"},
    None, "", "{}", "null", "[]", {"all": False}, {"all": None}, {"all": True, "notification_id": ID},
    {"notification_id": "x"}, {"notification_id": 7}, {"notification_id": ID, "notificationId": ID},
    {"before": "2026-01-01T00:00:00Z"}, {"all": True, "before": "yesterday"}, {"all": True, "before": 1e30},
    {"all": True, "before": "2026-01-01T00:00:00"}, {"id": ID}, '{"all":NaN}', '{"notification_id":"\\ud800"}',
]  # fmt: skip


def test_a_mark_with_too_few_or_too_many_fields_changes_nothing(service: Service) -> None:
    made = service.call("POST", "/notifications", GOOD, user="alice").json["notification"]
    for body in BAD_MARKS:
        answer = service.call("PATCH", "/notifications", body, user="alice")
        assert (body, *error_of(answer)) == (body, 422, "invalid")
    for body in (
        None,
        "{}",
        {"read": None},
        {"read": "true"},
        {"archived": 1},
        {"all": True},
        {"read": True, "notification_id": ID},
    ):
        answer = service.call("PATCH", f"/notifications/{made['id']}", body, user="alice")
        assert (body, *error_of(answer)) == (body, 422, "invalid")
    assert service.call("GET", "/notifications", user="alice").json["unread_count"] == 1
    for before in ("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+14:00"):  # in UTC outside the supported years
        answer = service.call("PATCH", "/notifications", {"all": True, "before": before}, user="alice")
        assert error_of(answer) == (422, "invalid")
        assert answer.json["error"]["details"][0]["field"] == "before"
    for before in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"):
        assert service.call("PATCH", "/notifications", {"all": True, "before": before}, user="alice").status == 200


def test_a_refused_link_is_the_first_error(service: Service) -> None:
    answer = service.call(
        "POST", "/notifications", {"event_name": "a.b", "title": "T", "target_url": "//evil.example"}, user="alice"
    )
    assert error_of(answer) == (422, "invalid")
    assert answer.json["error"]["message"].startswith("target_url: must start with exactly one '/'")


def test_errors_name_the_field_and_do_not_repeat_the_input(service: Service) -> None:
    answer = service.call("POST", "/notifications", {"title": "secret" * 50, "severity": "secret"}, user="alice")
    error = answer.json["error"]
    assert error["message"] == "event_name: is required (and 2 more)"
    assert [detail["field"] for detail in error["details"]] == ["event_name", "title", "severity"]
    assert "secret" not in answer.text


def test_unknown_routes_are_404(service: Service) -> None:
    for method, path in (("DELETE", "/notifications/a/b"), ("PUT", "/notifications"), ("GET", f"/notifications/{ID}"),
                         ("GET", "/notifications/"), ("GET", "/notifications/a/b/c")):  # fmt: skip
        assert error_of(service.call(method, path, user="alice")) == (404, "not_found")
    assert service.call("GET", "/health").json == {"status": "ok"}
