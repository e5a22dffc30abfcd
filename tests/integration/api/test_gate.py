"""The gate of the API on each route: sizes, HEAD, caches, and an address for each id of a person."""

import json
import time
from typing import Any
from urllib.parse import quote, unquote

import pytest

from tests.support.environment import Connect
from tests.support.service import Answer, Service
from tests.support.unsubscribe_links import link

GOOD: dict[str, Any] = {"event_name": "a.b", "title": "T"}
ID = "0198c0de-0000-7000-8000-000000000000"
GETS = (
    "/notifications", "/notifications/unread-count", "/preferences", "/devices", "/health", "/openapi.json",
    "/recipients/alice", "/recipients/alice/preferences", f"/notifications/{ID}/deliveries", "/unsubscribe/x",
)  # fmt: skip
LARGE = (
    ("POST", "/notifications", '{"event_name":"a.b","title":"T","data":{"a":[' + "0.25," * 900_000 + "1]}}", 413),
    ("PUT", "/preferences", '{"by_default": [' + "1," * 200_000 + "1]}", 413),
    ("PUT", "/preferences", '{"by_default": [' + "1," * 50_000 + "1]}", 422),
    ("PUT", "/preferences", '{"rules": {' + ",".join(f'"A{n}":{{}}' for n in range(9_000)) + "}}", 422),
    ("POST", "/notifications", json.dumps(GOOD | {"user_ids": [7] * 80_000}), 422),
    ("POST", "/notifications", json.dumps(GOOD | {"user_ids": ["\u3164"] * 1000}), 422),
    ("POST", "/notifications", json.dumps(GOOD | {"data": {"a": [1e300] * 30_000}}), 422),
    ("POST", "/notifications", json.dumps(GOOD | dict.fromkeys(map(str, range(15_000)))), 422),
    ("POST", "/notifications", json.dumps(GOOD | {"x" * 200_000: 1}), 422),
    ("POST", "/notifications", '{"title":' + "[" * 250_000, 400),
    ("POST", "/devices", '{"token": "' + "x" * 20_000 + '"}', 413),
    ("POST", "/unsubscribe/x", "List-Unsubscribe=One-Click&" + "x" * 20_000, 413),
)


@pytest.mark.parametrize(("method", "path", "body", "status"), LARGE, ids=[f"large{n}" for n in range(len(LARGE))])
def test_a_large_body_is_refused_quickly_and_briefly(
    service: Service, method: str, path: str, body: str, status: int
) -> None:
    service.call("GET", "/preferences", user="alice")  # the first request of a process imports and connects
    began = time.process_time()
    user, producer = (None, "app") if "user_ids" in body[:60] else ("alice", None)
    answer = service.call(method, path, body, user=user, producer=producer)
    assert time.process_time() - began < 1
    assert answer.status == status
    assert len(answer.text) < 5000
    details = answer.json["error"].get("details") or []
    assert len(details) <= 20
    assert all(len(detail["field"]) <= 130 for detail in details)


def test_an_error_counts_the_details_that_it_leaves_out(service: Service) -> None:
    error = service.call("POST", "/notifications", GOOD | {f"f{n}": 1 for n in range(30)}, user="alice").json["error"]
    assert (len(error["details"]), error["message"]) == (20, "f0: is not a field of this request (and 29 more)")


def test_a_name_that_is_given_twice_changes_nothing(service: Service, connect: Connect) -> None:
    for body in (
        '{"event_name":"a.b","title":"T","title":"U"}',
        '{"event_name":"a.b","title":"T","data":{"a":1,"a":2}}',
    ):
        answer = service.call("POST", "/notifications", body, user="alice")
        assert (answer.status, answer.json["error"]["message"]) == (
            422,
            f"{'a' if 'data' in body else 'title'}: is given more than once",
        )
    twice = service.call("POST", "/notifications", GOOD, user="alice", query={"dry_run": "1", "dryRun": "0"})
    assert (twice.status, twice.json["error"]["details"][0]["field"]) == (422, "dry_run")
    assert connect().execute("SELECT FROM notifications").fetchall() == []


def test_a_body_with_a_byte_order_mark_is_read(service: Service) -> None:
    body = "\ufeff" + json.dumps(GOOD | {"title": "été"}, ensure_ascii=False)
    assert service.call("POST", "/notifications", body, user="alice").json["notification"]["title"] == "été"


def test_a_blank_text_is_refused_in_each_field_that_is_seen_or_compared(service: Service) -> None:
    for blank in (
        "\u3164",
        "\u2800",
        "\u200b",
        "\u00ad\u2060",
        "\ufeff",
        "\U000e0020\ufe0f",
        "\u115f\u1160\uffa0",
        "\u3000",
    ):
        for field in ("title", "summary", "resource_id", "idempotency_key", "batch_key"):
            answer = service.call("POST", "/notifications", GOOD | {field: blank}, user="alice")
            [detail] = answer.json["error"]["details"]
            assert (ascii(blank), answer.status, detail) == (
                ascii(blank),
                422,
                {"field": field, "message": "must not be blank"},
            )
    for field in ("title", "summary", "body", "resource_id", "batch_key"):
        assert service.call("POST", "/notifications", GOOD | {field: "\ufffdt\ufffd"}, user="alice").status == 422


@pytest.mark.parametrize("path", GETS)
def test_head_answers_as_get_without_a_body(service: Service, path: str) -> None:
    user, producer = (None, "app") if "recipients" in path else ("alice", None)
    get, head = (service.call(method, path, user=user, producer=producer) for method in ("GET", "HEAD"))
    assert (head.status, head.headers, head.text) == (get.status, get.headers, "")
    assert get.text


def test_no_cache_may_store_an_answer(service: Service, connect: Connect) -> None:
    answers: dict[str, Answer] = {path: service.call("GET", path, user="alice") for path in GETS}
    answers["404"] = service.call("GET", "/nowhere", user="alice")
    answers["413"] = service.call("POST", "/devices", "x" * 20_000, user="alice")
    answers["422"] = service.call("POST", "/notifications", {}, user="alice")
    answers["201"] = service.call("POST", "/notifications", GOOD, user="alice")
    answers["receipt"] = service.call("DELETE", "/recipients/bob", producer="app")
    answers["page"] = service.call("GET", f"/unsubscribe/{link(connect)}")
    known = service.call("GET", "/notifications", user="alice").headers["ETag"]
    answers["304"] = service.call("GET", "/notifications", user="alice", headers={"If-None-Match": known})
    assert answers["304"].status == 304
    rules = {name: answer.headers["Cache-Control"] for name, answer in answers.items()}
    assert rules.pop("/openapi.json") == "public, max-age=300"
    assert set(rules.values()) == {"no-store"}


@pytest.mark.parametrize(
    "user_id",
    ["a/b", "https://id.example/u/7", "50%", "a%2Fb", "a%252Fb", "a b", "a&b=c", "é🔔", '"<>^`{|}\\', "preferences"],
)  # fmt: skip
def test_each_id_that_is_stored_has_an_address(service: Service, connect: Connect, user_id: str) -> None:
    made = service.call("POST", "/notifications", GOOD | {"user_id": user_id, "idempotency_key": "k"}, producer="app")
    assert made.status == 201
    assert service.call("GET", "/notifications", user=user_id).json["unread_count"] == 1
    # The gateway decodes the path, all but %25.
    path = unquote(quote(user_id, safe="").replace("%25", "%2525"))
    put = service.call("PUT", f"/recipients/{path}", {"locale": "fr"}, producer="app")
    assert (put.status, put.json["user_id"]) == (200, user_id)
    assert service.call("GET", f"/recipients/{path}", producer="app").json["locale"] == "fr"
    assert (
        service.call("PUT", f"/recipients/{path}/preferences", {"email_enabled": False}, producer="app").status == 200
    )
    assert service.call("GET", f"/recipients/{path}/preferences", producer="app").json["email_enabled"] is False
    assert service.call("DELETE", f"/recipients/{path}", producer="app").status == 200
    for table in ("notifications", "recipients", "preferences"):
        assert connect().execute(f"SELECT FROM {table}".encode()).fetchall() == []


def test_an_id_without_an_address_is_refused_wherever_something_is_stored(service: Service) -> None:
    for user_id in ("a\u200bb", "a\u00a0b", "\u3164", "a/", "a/../b", "a?b", "a\ufffd"):
        for named in ({"user_id": user_id}, {"user_ids": ["bob", user_id]}):
            assert service.call("POST", "/notifications", GOOD | named, producer="app").status == 422
        for path, body in ((f"/recipients/{user_id}", {}), (f"/recipients/{user_id}/preferences", {})):
            assert service.call("PUT", path, body, producer="app").status == 422
        for method, path in (("GET", "/notifications"), ("GET", "/preferences"), ("GET", "/devices")):
            refused = service.call(method, path, claims={"sub": user_id})
            assert (refused.status, refused.json["error"]["code"]) == (401, "unauthorized")


def test_a_person_whom_an_older_release_stored_can_be_read_and_erased(service: Service, connect: Connect) -> None:
    for user_id in ("a\u200bb", "a\u00a0b", "\u3164"):
        connect().execute("INSERT INTO recipients (user_id, locale, updated_at) VALUES (%s, 'fr', now())", [user_id])
        assert service.call("GET", f"/recipients/{user_id}", producer="app").json["locale"] == "fr"
        assert service.call("DELETE", f"/recipients/{user_id}", producer="app").status == 200
        assert service.call("GET", f"/recipients/{user_id}", producer="app").status == 404


def test_no_page_of_the_feed_is_over_a_megabyte(service: Service) -> None:
    large = GOOD | {"body": "\x01" * 4000, "data": {"a": "\x01" * 2000}}
    for number in range(40):
        service.call("POST", "/notifications", large | {"idempotency_key": str(number)}, user="alice")
    seen, query = 0, {"limit": "100"}
    while True:
        page = service.call("GET", "/notifications", user="alice", query=query)
        assert len(page.text.encode()) < 1_000_000
        seen += len(page.json["notifications"])
        if page.json["next_cursor"] is None:
            break
        query = {"limit": "100", "cursor": page.json["next_cursor"]}
    assert seen == 40


def test_the_greatest_answer_to_a_create_is_under_a_megabyte(service: Service) -> None:
    people = ["é" * 110 + f"{number:04}" for number in range(1000)]
    made = GOOD | {"user_ids": people, "severity": "warning", "title": "é" * 200}
    for query in ({"dry_run": "1"}, None):
        answer = service.call(
            "POST", "/notifications", json.dumps(made, ensure_ascii=False), producer="app", query=query
        )
        assert answer.json["created"] == 1000
        assert len(answer.text.encode()) < 1_000_000
