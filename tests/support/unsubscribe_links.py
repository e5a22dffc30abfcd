"""Links to unsubscribe: recorded events with a real token, sent to the real handler."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import recipients
from carillon.links import tokens
from carillon.links.tokens import Link
from carillon.models.delivery import SigningKey
from tests.support.environment import Connect, FakeLambdaContext
from tests.support.paths import ROOT
from tests.support.service import Answer

EVENTS = ROOT / "events"
FORM = "application/x-www-form-urlencoded"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def newest_key(connect: Connect) -> SigningKey:
    """Return the key that signs new links."""
    [row] = connect().execute(
        "SELECT id, encode(secret, 'hex') AS secret FROM signing_keys ORDER BY created_at DESC LIMIT 1"
    ).fetchall()  # fmt: skip
    return SigningKey.model_validate(row)


def link(connect: Connect, *categories: str, user_id: str = "alice", now: datetime | None = None) -> str:
    """Return the token of an email to a person about these categories, or about all email."""
    return tokens.sign(Link(user_id, categories), newest_key(connect), now or datetime.now(UTC))


def event(name: str, token: str) -> dict[str, Any]:
    """Return a recorded event with this token in its path."""
    return json.loads((EVENTS / name).read_text("utf-8").replace("<token>", token))


def send_event(request: dict[str, Any]) -> Answer:
    answer = recipients.handler(request, FakeLambdaContext())
    assert answer["isBase64Encoded"] is False
    return Answer(answer["statusCode"], answer["headers"], answer["body"])


def get_page(token: str, method: str = "GET", **headers: str) -> Answer:
    """Request the page, as a browser or a mail scanner does."""
    request = event("http-unsubscribe.json", token)
    request["requestContext"]["http"]["method"] = method
    request["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
    return send_event(request)


def post(token: str, fields: Mapping[str, str] | bytes, content_type: str = FORM, *, encoded: bool = True) -> Answer:
    """Post a form. With `encoded`, the body is in Base64, as the gateway sends all but text and JSON."""
    body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
    request = event("http-unsubscribe-one-click.json", token)
    request["headers"] |= {"content-type": content_type, "content-length": str(len(body))}
    request |= {"body": base64.b64encode(body).decode() if encoded else body.decode(), "isBase64Encoded": encoded}
    return send_event(request)


def all_rows(connect: Connect) -> dict[str, list[Any]]:
    """Return all columns of all rows, by table."""
    connection = connect()
    tables = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'carillon' ORDER BY tablename"
    ).fetchall()
    return {
        name: connection.execute(f"SELECT t::text FROM {name} AS t ORDER BY 1".encode()).fetchall()
        for name in (row["tablename"] for row in tables)
    }
