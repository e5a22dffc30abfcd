"""The gate: bodies and queries that are refused before anything parses them."""

import base64
import gzip
import json
from typing import Any

import pytest

from carillon.api import gate
from carillon.api.gate import admit
from carillon.errors import BodyTooLarge, CarillonError, Encoded, Invalid, InvalidJson
from tests.support.service import http_event

ROUTES = (
    ("POST", "/notifications", gate.MAX_CREATE_BYTES), ("PUT", "/preferences", gate.MAX_PREFERENCES_BYTES),
    ("PUT", "/recipients/alice/preferences", gate.MAX_PREFERENCES_BYTES), ("PATCH", "/notifications", 16384),
    ("PATCH", "/notifications/7", 16384), ("POST", "/devices", 16384), ("PUT", "/recipients/alice", 16384),
    ("POST", "/unsubscribe/token", 16384),
)  # fmt: skip


def event(
    method: str = "POST", path: str = "/notifications", body: str | bytes | None = None, query: str = "", **headers: str
) -> dict[str, Any]:
    """Return an event; a body of bytes is in Base64, as the gateway passes what it does not treat as text."""
    made = http_event(method, path, claims={}, headers={name.replace("_", "-"): text for name, text in headers.items()})
    made |= {"rawQueryString": query}
    if isinstance(body, bytes):
        return made | {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    return made if body is None else made | {"body": body}


@pytest.mark.parametrize(("method", "path", "limit"), ROUTES)
def test_each_route_takes_a_body_up_to_its_limit(method: str, path: str, limit: int) -> None:
    for largest in (b"x" * limit, "x" * limit, "é" * (limit // 2)):
        admit(event(method, path, largest))
    for larger in (b"x" * (limit + 1), "x" * (limit + 1), "é" * (limit // 2 + 1)):
        with pytest.raises(BodyTooLarge, match=f"at most {limit}"):
            admit(event(method, path, larger))


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_a_body_where_no_route_takes_one_is_ignored(method: str) -> None:
    for body in (b"\xff" * 99, "x" * 99_999, "\ufffd"):
        admitted = admit(event(method, "/notifications", body, content_encoding="gzip"))
        assert (admitted["body"], admitted["isBase64Encoded"]) == ("", False)


def test_the_greatest_request_with_ids_in_ascii_is_taken() -> None:
    """All fields at their limits, each character as long as UTF-8 has, but ids of people in ASCII."""
    wide = "🔔"
    body = {
        "user_ids": ["x" * 124 + f"{number:04}" for number in range(1000)], "event_name": "x" * 100,
        "title": wide * 200, "body": wide * 4000, "summary": wide * 200, "severity": "critical",
        "target_url": "/" + "x" * 2047, "data": {"a": "x" * 16376}, "resource_id": wide * 128,
        "idempotency_key": wide * 255, "batch_key": wide * 255, "send_at": "2026-11-23T10:00:00.000000+00:00",
    }  # fmt: skip
    text = json.dumps(body, ensure_ascii=False)
    assert 0.6 < len(text.encode()) / gate.MAX_CREATE_BYTES < 1
    admit(event(body=text))


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "br", "deflate", "zstd", "compress", "x" * 5000])
def test_an_encoding_is_named(encoding: str) -> None:
    for method, path in (("POST", "/notifications"), ("POST", "/unsubscribe/token")):
        with pytest.raises(Encoded) as refused:
            admit(event(method, path, gzip.compress(b"{}"), content_encoding=encoding))
        assert encoding[:99] in refused.value.message
        assert len(refused.value.message) < 250
    assert admit(event(body="{}", content_encoding="identity"))["body"] == "{}"
    assert admit(event(content_encoding=encoding))  # there is nothing that could be compressed


@pytest.mark.parametrize("charset", ["iso-8859-1", "ISO-8859-1", "utf-16", "windows-1252", '"latin1"'])
def test_another_character_set_is_named(charset: str) -> None:
    with pytest.raises(Encoded, match=charset.strip('"')):
        admit(event(body=b"{}", content_type=f"application/json; charset={charset}"))


@pytest.mark.parametrize("content_type", ["application/json; charset=UTF-8", 'text/plain; charset="utf-8"', "x", ""])
def test_utf_8_is_taken_with_any_content_type(content_type: str) -> None:
    for body in ("{}", b"{}", "\ufeff{}", b"\xef\xbb\xbf{}"):
        admitted = admit(event(body=body, content_type=content_type))
        assert (admitted["body"], admitted["isBase64Encoded"]) == ("{}", False)


def test_a_body_that_is_not_utf_8_is_refused() -> None:
    for body in ('{"title": "été"}'.encode("latin-1"), '{"title": "\ufffdt\ufffd"}', "{}".encode("utf-16"), b"\xff"):
        with pytest.raises(InvalidJson, match="not UTF-8"):
            admit(event(body=body))
    with pytest.raises(InvalidJson):
        admit(event(body="") | {"body": "not base64!", "isBase64Encoded": True})


@pytest.mark.parametrize(
    ("query", "name"),
    [("dry_run=1&dryRun=0", "dry_run"), ("dry_run=1&dry_run=1", "dry_run"), ("dryRun=&dryRun", "dry_run"),
     ("dry%5Frun=1&dryRun=0", "dry_run"), ("user_id=a&user_id=b", "user_id"), ("userId=a&user_id=a", "user_id"),
     ("limit=1&x=2&limit=3", "limit"), ("dry-run=1&dry_run=0", "dry_run")],
)  # fmt: skip
def test_a_name_of_the_query_is_given_once(query: str, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        admit(event(query=query))
    assert refused.value.details == [{"field": name, "message": "is given more than once, in one spelling or in two"}]


def test_a_query_is_read_in_snake_case() -> None:
    given = http_event("GET", "/notifications", claims={}, query={"dryRun": "1", "x,y": "a,b"})
    assert admit(given)["queryStringParameters"] == {"dry_run": "1", "x,y": "a,b"}


def test_a_link_with_names_of_a_scanner_is_read() -> None:
    assert admit(event("GET", "/unsubscribe/token", query="utm_source=a&utm_source=b"))


def test_every_refusal_is_short() -> None:
    long = "x" * 9000
    for given in (event(query=f"{long}=1&{long}=2"), event(body=b"{}", content_type=f"a/b; charset={long}")):
        with pytest.raises(CarillonError) as refused:
            admit(given)
        assert len(refused.value.message) < 300
