"""The API's app without a function around it: errors, bodies, cached answers and metrics."""

import io
import json
from typing import Annotated, Any

import pytest
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import BaseModel

from carillon import errors
from carillon.api.app import build_app, resolve
from carillon.api.requests import identify
from carillon.api.responses import ErrorBody, reply, reply_cached
from carillon.models.fields import Request
from carillon.observe import metrics
from tests.support.environment import FakeLambdaContext
from tests.support.service import http_event


class Echo(BaseModel):
    """The answer: the text of the request."""

    text: str


class EchoRequest(Request):
    """The body of a request."""

    some_text: str


def call(app: APIGatewayHttpResolver, event: dict[str, Any]) -> dict[str, Any]:
    return resolve(app, event, FakeLambdaContext())


@pytest.fixture
def app() -> APIGatewayHttpResolver:
    made = build_app()

    @made.post("/echo")
    def echo(given: Annotated[EchoRequest, Body()]) -> Response[str]:
        return reply(Echo(text=given.some_text))

    @made.get("/cached")
    def cached() -> Response[str]:
        return reply_cached(made, Echo(text=identify(made).user_id))

    return made


EVERY_ERROR = [
    error for error in vars(errors).values() if isinstance(error, type) and issubclass(error, errors.CarillonError)
]


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda error: error.__name__)
def test_every_error_has_its_status_and_a_5xx_hides_its_message(
    error: type[errors.CarillonError], logs: io.StringIO
) -> None:
    app = build_app()

    @app.get("/fail")
    def fail() -> Response[str]:
        raise error("what happened", [{"field": "f", "message": "m"}])

    answer = call(app, http_event("GET", "/fail", claims={}))
    body = ErrorBody.model_validate_json(answer["body"]).error
    assert answer["statusCode"] == error.status
    if error.status < 500:
        assert (body.code, body.message) == (error.code, "what happened")
        assert body.details
        assert logs.getvalue() == ""
    else:
        assert body.code in ("internal", "unavailable")
        assert "what happened" not in answer["body"]
        assert body.details is None
        assert "what happened" in logs.getvalue()
    retry_after = answer["headers"].get("Retry-After")
    if error.status == 503:
        assert 2 <= int(retry_after) <= 8
    else:
        assert retry_after == ("60" if error.status == 429 else None)


def test_a_body_is_read_as_json_with_any_content_type(app: APIGatewayHttpResolver) -> None:
    for header in (
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/json; charset=utf-8",
        "nonsense",
        "",
    ):
        for name in ("content-type", "Content-Type"):
            event = http_event("POST", "/echo", {"someText": "x"}, claims={})
            event["headers"] = {name: header}
            answer = call(app, event)
            assert (header, answer["statusCode"], json.loads(answer["body"])) == (header, 200, {"text": "x"})
    bare = http_event("POST", "/echo", {"some_text": "x"}, claims={}) | {"headers": None}
    assert call(app, bare)["statusCode"] == 200


@pytest.mark.parametrize("body", ["[]", '[{"some_text":"x"}]', "null", '"x"', "1", "NaN"])
def test_a_body_that_is_not_an_object_is_refused(app: APIGatewayHttpResolver, body: str) -> None:
    answer = call(app, http_event("POST", "/echo", body, claims={}))
    error = json.loads(answer["body"])["error"]
    assert (answer["statusCode"], error["message"]) == (422, "request: must be a JSON object")
    assert error["details"] == [{"field": "request", "message": "must be a JSON object"}]


def test_the_etag_depends_on_the_content(app: APIGatewayHttpResolver) -> None:
    alice, again, bob = (
        call(app, http_event("GET", "/cached", claims={"sub": sub})) for sub in ("alice", "alice", "bob")
    )
    assert alice["headers"]["ETag"] == again["headers"]["ETag"] != bob["headers"]["ETag"]
    event = http_event("GET", "/cached", claims={"sub": "alice"}, headers={"If-None-Match": bob["headers"]["ETag"]})
    assert call(app, event)["statusCode"] == 200
    event["headers"]["if-none-match"] = f"{bob['headers']['ETag']} , W/{alice['headers']['ETag']}"
    unchanged = call(app, event)
    assert (unchanged["statusCode"], unchanged.get("body") or "") == (304, "")
    assert unchanged["headers"]["ETag"] == alice["headers"]["ETag"]


def test_answers_are_counted_by_status_class(app: APIGatewayHttpResolver) -> None:
    metrics.clear_metrics()
    for event in (
        http_event("GET", "/cached", claims={"sub": "alice"}), http_event("GET", "/cached", claims={}),
        http_event("GET", "/nowhere", claims={}),
    ):  # fmt: skip
        resolve(app, event, FakeLambdaContext())
    counted: dict[str, Any] = {**metrics.serialize_metric_set()}
    metrics.clear_metrics()
    assert counted["Answered2xx"] == [1.0]
    assert counted["Answered4xx"] == [1.0, 1.0]
