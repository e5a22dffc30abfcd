"""Routes and their parameters: what a request must have, and which values reach the function."""

import base64
import json
from typing import Annotated, Any

import pytest
from pydantic import Field

from carillon.api.app import resolve
from carillon.api.parameters import QUERY, Source
from carillon.api.routing import Response, Router
from tests.support.environment import FakeLambdaContext
from tests.support.service import http_event


@pytest.fixture
def app() -> Router:
    made, part = Router(), Router()

    @part.get("/things/<name>")
    def thing(name: str) -> Response[str]:
        return Response(200, body=f"{part.request.http_method} {name}")

    @part.get("/things/first")
    def first() -> Response[str]:
        return Response(200, body="the first")

    @made.get("/search")
    def search(
        words: Annotated[str, QUERY],
        limit: Annotated[int, Field(ge=1), QUERY] = 30,
        request_key: Annotated[str | None, Source("header")] = None,
    ) -> Response[str]:
        return Response(200, "application/json", json.dumps([words, limit, request_key]), {"X-Found": "yes"})

    made.include_router(part)
    return made


def call(app: Router, event: dict[str, Any]) -> tuple[int, str]:
    answer = resolve(app, event, FakeLambdaContext())
    return answer["statusCode"], answer["body"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/things/a%20b", (200, "GET a%20b")),
        ("/things/first", (200, "the first")),
        ("/things/a/b", 404),
        ("/things/", 404),
        ("/things", 404),
    ],
)
def test_a_path_without_names_comes_first_and_a_name_has_no_slash(app: Router, path: str, expected: object) -> None:
    status, body = call(app, http_event("GET", path, claims={}))
    assert expected in (status, (status, body))


def test_another_method_is_another_route(app: Router) -> None:
    assert call(app, http_event("POST", "/search", claims={}, query={"words": "x"}))[0] == 404


def test_the_name_of_the_stage_is_no_part_of_the_path(app: Router) -> None:
    event = http_event("GET", "/prod/things/first", claims={})
    event["requestContext"]["stage"] = "prod"
    assert call(app, event) == (200, "the first")


def test_values_come_from_the_query_and_the_headers(app: Router) -> None:
    event = http_event("GET", "/search", claims={}, query={"words": "a,b", "limit": "2"}, headers={"Request-Key": "k"})
    answer = resolve(app, event, FakeLambdaContext())
    assert answer == {
        "statusCode": 200,
        "body": '["a,b", 2, "k"]',
        "isBase64Encoded": False,
        "headers": {"X-Found": "yes", "Content-Type": "application/json"},
        "cookies": [],
    }


def test_all_faults_of_a_request_are_answered_together(app: Router) -> None:
    status, body = call(app, http_event("GET", "/search", claims={}, query={"limit": "0"}))
    details = json.loads(body)["error"]["details"]
    assert status == 422
    assert details == [
        {"field": "words", "message": "is required"},
        {"field": "limit", "message": "must be at least 1"},
    ]


def test_a_repeated_name_is_refused(app: Router) -> None:
    event = http_event("GET", "/search", claims={}, query={"words": "a,b"})
    event["rawQueryString"] = "words=a&words=b"
    status, body = call(app, event)
    assert (status, json.loads(body)["error"]["details"]) == (422, [{"field": "words", "message": "must be text"}])


@pytest.mark.parametrize(
    ("content", "is_base64"),
    [("{", False), ("a", True), (base64.b64encode(b"\xff").decode(), True), (base64.b64encode(b"{").decode(), True)],
)
def test_an_unreadable_body_is_invalid_json(content: str, is_base64: bool) -> None:
    import create

    event = http_event("POST", "/notifications", content, claims={"sub": "alice"}) | {"isBase64Encoded": is_base64}
    status, body = call(create.app, event)
    assert (status, json.loads(body)["error"]["code"]) == (400, "invalid_json")
