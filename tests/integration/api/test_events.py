"""The events of the HTTP gateway as AWS sends them, each through its handler."""

import json
from base64 import b64decode
from typing import Any

import pytest

import create
import read
import recipients
from tests.support.environment import Connect, FakeLambdaContext
from tests.support.paths import ROOT
from tests.support.service import Service
from tests.support.unsubscribe_links import all_rows, link

EVENTS = ROOT / "events"
WITH_TOKEN = ["http-create.json", "http-list.json", "http-mark.json", "http-retract.json"]
OPEN = ["http-unsubscribe.json", "http-unsubscribe-one-click.json"]


def load(name: str, token: str = "<token>") -> dict[str, Any]:
    return json.loads((EVENTS / name).read_text("utf-8").replace("<token>", token))


def test_create_list_mark_and_retract_accept_real_events(service: Service, connect: Connect) -> None:
    made = create.handler(load("http-create.json"), FakeLambdaContext())
    assert made["statusCode"] == 201
    assert made["headers"]["Content-Type"] == "application/json"
    notification = json.loads(made["body"])["notification"]
    assert (notification["user_id"], notification["idempotency_key"]) == ("alice", "invoice_9:2026-11")
    again = create.handler(load("http-create.json"), FakeLambdaContext())
    assert (again["statusCode"], again["headers"]["Idempotency-Replayed"]) == (200, "true")
    [row] = connect().execute("SELECT created_by FROM notifications").fetchall()
    assert row == {"created_by": "producer:billing"}

    listed = read.handler(load("http-list.json"), FakeLambdaContext())
    assert listed["statusCode"] == 200
    page = json.loads(listed["body"])
    assert [each["id"] for each in page["notifications"]] == [notification["id"]]
    poll = load("http-list.json")
    poll["headers"]["if-none-match"] = f"W/{listed['headers']['ETag']}"
    assert read.handler(poll, FakeLambdaContext())["statusCode"] == 304

    marked = read.handler(load("http-mark.json"), FakeLambdaContext())
    assert (marked["statusCode"], json.loads(marked["body"])["updated"]) == (200, 1)
    assert json.loads(read.handler(load("http-list.json"), FakeLambdaContext())["body"])["notifications"] == []

    retracted = create.handler(load("http-retract.json"), FakeLambdaContext())
    assert (retracted["statusCode"], json.loads(retracted["body"])["notification_id"]) == (200, notification["id"])


def test_unsubscribe_accepts_the_get_and_the_post_of_a_mail_client(service: Service, connect: Connect) -> None:
    service.call("PUT", "/recipients/alice", {"email": "alice@example.com"}, producer="app")
    before, token = all_rows(connect), link(connect, "invoice")
    looked = recipients.handler(load(OPEN[0], token), FakeLambdaContext())
    assert (looked["statusCode"], looked["headers"]["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert all_rows(connect) == before
    posted = recipients.handler(load(OPEN[1], token), FakeLambdaContext())
    assert posted["statusCode"] == 200
    [row] = connect().execute("SELECT user_id, rules FROM preferences").fetchall()
    assert row == {"user_id": "alice", "rules": {"invoice": {"email": {"enabled": False}}}}
    # The recorded event has no signed link.
    assert recipients.handler(load(OPEN[1]), FakeLambdaContext())["statusCode"] == 404


@pytest.mark.parametrize("name", WITH_TOKEN + OPEN)
def test_an_event_has_payload_format_2(name: str) -> None:
    """The parts of the event agree with each other."""
    event = load(name)
    context, headers = event["requestContext"], event["headers"]
    assert event["version"] == "2.0"
    route = event["routeKey"].format_map(event.get("pathParameters", {}))
    assert route == f"{context['http']['method']} {event['rawPath']}"
    assert context["routeKey"] == event["routeKey"]
    assert context["http"]["path"] == event["rawPath"]
    if name in OPEN:
        assert "authorizer" not in context
        assert "authorization" not in headers
    else:
        assert context["authorizer"]["jwt"]["scopes"] is None
        assert all(isinstance(claim, str) for claim in context["authorizer"]["jwt"]["claims"].values())
        assert headers["authorization"] == "Bearer <token>"
    assert list(headers) == sorted(name.lower() for name in headers)
    assert "cookie" not in headers  # format 2.0 has a separate list of cookies
    assert headers["host"] == context["domainName"]
    query = event.get("queryStringParameters", {})
    assert event["rawQueryString"] == "&".join(f"{name}={value}" for name, value in query.items())
    body = event.get("body", "").encode()
    assert int(headers.get("content-length", 0)) == len(b64decode(body) if event["isBase64Encoded"] else body)
