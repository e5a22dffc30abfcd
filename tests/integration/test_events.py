"""The HTTP doors' events as AWS sends them, each through its handler."""

import json
from pathlib import Path
from typing import Any

import pytest

import create
import read
from tests.api import Service
from tests.support import Connect, FakeLambdaContext

EVENTS = Path(__file__).parents[2] / "events"


def load(name: str) -> dict[str, Any]:
    return json.loads((EVENTS / name).read_text("utf-8"))


def test_create_then_list_then_mark_then_retract(service: Service, connect: Connect) -> None:
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
    assert (marked["statusCode"], json.loads(marked["body"])) == (200, {"updated": 1})
    assert json.loads(read.handler(load("http-list.json"), FakeLambdaContext())["body"])["notifications"] == []

    retracted = create.handler(load("http-retract.json"), FakeLambdaContext())
    assert (retracted["statusCode"], json.loads(retracted["body"])["notification_id"]) == (200, notification["id"])


@pytest.mark.parametrize("name", ["http-create.json", "http-list.json", "http-mark.json", "http-retract.json"])
def test_an_event_is_one_of_payload_format_2(name: str) -> None:
    """Its parts agree with each other, and it says nothing twice in different ways."""
    event = load(name)
    context, headers = event["requestContext"], event["headers"]
    assert event["version"] == "2.0"
    assert event["routeKey"] == context["routeKey"] == f"{context['http']['method']} {event['rawPath']}"
    assert context["http"]["path"] == event["rawPath"]
    assert context["authorizer"]["jwt"]["scopes"] is None
    assert all(isinstance(claim, str) for claim in context["authorizer"]["jwt"]["claims"].values())
    assert list(headers) == sorted(name.lower() for name in headers)
    assert headers["authorization"] == "Bearer <token>"
    assert "cookie" not in headers  # format 2.0 moves them to a list of their own
    assert headers["host"] == context["domainName"]
    query = event.get("queryStringParameters", {})
    assert event["rawQueryString"] == "&".join(f"{name}={value}" for name, value in query.items())
    assert int(headers.get("content-length", 0)) == len(event.get("body", "").encode())
