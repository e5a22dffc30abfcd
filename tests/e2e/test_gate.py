"""The gate of the API on the running devstack: what depends on how a gateway passes bodies, paths and methods."""

import gzip
import json
import time
import uuid
from typing import Any
from urllib.parse import quote

import pytest
import urllib3

from tests.e2e.conftest import Stack

GOOD: dict[str, Any] = {"event_name": "gate.tried", "title": "été"}
JSON = {"Content-Type": "application/json"}


def send(stack: Stack, method: str, target: str, token: str, body: bytes | None = None, **headers: str) -> Any:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return urllib3.request(
        method, stack.data["api_url"] + target, body=body, headers={"Authorization": f"Bearer {token}", **named},
        retries=False,
    )  # fmt: skip


def test_head_is_get_without_a_body(stack: Stack) -> None:
    token = stack.producer_token()
    user = stack.token("alice")
    for path in (
        "/notifications",
        "/notifications/unread-count",
        "/preferences",
        "/devices",
        "/health",
        "/openapi.json",
    ):
        get, head = (send(stack, method, path, user) for method in ("GET", "HEAD"))
        assert (path, head.status, head.data) == (path, get.status, b"")
        assert head.headers["Cache-Control"] == get.headers["Cache-Control"]
    for path in ("/recipients/alice", "/recipients/alice/preferences"):
        assert (path, send(stack, "HEAD", path, token).status) == (path, 200)
    assert urllib3.request("HEAD", stack.data["api_url"] + "/notifications", retries=False).status == 401


@pytest.mark.parametrize(
    "name", ["a/b", "https://id.example/u/7", "50%", "a%2Fb", "a b", "a&b=c", "é🔔", "a+b@x.example"]
)
def test_a_person_with_any_allowed_id_can_be_read_and_erased(stack: Stack, name: str) -> None:
    user_id = f"{name}-{uuid.uuid4().hex[:8]}"
    token, path = stack.producer_token(), f"/recipients/{quote(user_id, safe='')}"
    body = json.dumps(GOOD | {"user_id": user_id}).encode()
    assert send(stack, "POST", "/notifications", token, body, **JSON).status == 201
    put = send(stack, "PUT", path, token, b'{"locale": "fr"}', **JSON)
    assert (put.status, put.json()["user_id"]) == (200, user_id)
    assert send(stack, "GET", path, token).json()["locale"] == "fr"
    assert send(stack, "PUT", f"{path}/preferences", token, b'{"email_enabled": false}', **JSON).status == 200
    assert send(stack, "GET", f"{path}/preferences", token).json()["email_enabled"] is False
    assert send(stack, "DELETE", path, token).status == 200
    assert send(stack, "GET", path, token).status == 404
    with stack.database() as database:
        assert database.execute("SELECT FROM notifications WHERE user_id = %s", [user_id]).fetchall() == []


def test_a_body_is_utf_8_and_neither_compressed_nor_large(stack: Stack) -> None:
    token, text = stack.token(f"gate-{uuid.uuid4().hex[:8]}"), json.dumps(GOOD, ensure_ascii=False)
    for content_type in ("application/json", "application/x-www-form-urlencoded", "application/octet-stream"):
        header = {"Content-Type": content_type}
        assert send(stack, "POST", "/notifications", token, b"\xef\xbb\xbf" + text.encode(), **header).status == 201
        latin = send(stack, "POST", "/notifications", token, text.encode("latin-1"), **header)
        assert (content_type, latin.status) == (content_type, 400)
        assert "not UTF-8" in latin.json()["error"]["message"]
        packed = send(
            stack, "POST", "/notifications", token, gzip.compress(text.encode()), Content_Encoding="gzip", **header
        )
        assert (content_type, packed.status) == (content_type, 415)
        assert "gzip" in packed.json()["error"]["message"]
    declared = {"Content-Type": "application/json; charset=iso-8859-1"}
    assert send(stack, "POST", "/notifications", token, text.encode("latin-1"), **declared).status == 415
    large = b'{"event_name":"a.b","title":"T","data":{"a":[' + b"0.25," * 900_000 + b"1]}}"
    began = time.monotonic()
    refused = send(stack, "POST", "/notifications", token, large, **JSON)
    assert (refused.status, refused.json()["error"]["code"]) == (413, "too_large")
    assert time.monotonic() - began < 10  # the emulator copies it several times
    assert send(stack, "GET", "/notifications", token).json()["unread_count"] == 3


def test_two_spellings_of_a_name_record_nothing(stack: Stack) -> None:
    token = stack.token(f"gate-{uuid.uuid4().hex[:8]}")
    for query in ("dry_run=1&dryRun=0", "dry_run=1&dry_run=0", "dry%5Frun=1&dryRun=0"):
        answer = send(stack, "POST", f"/notifications?{query}", token, json.dumps(GOOD).encode(), **JSON)
        assert (query, answer.status) == (query, 422)
    assert send(stack, "GET", "/notifications", token).json()["unread_count"] == 0
