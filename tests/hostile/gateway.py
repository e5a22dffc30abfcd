"""The gateway: requests as they travel, and the events that API Gateway makes of them."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.support.paths import ROOT

DOCUMENT = ROOT / "layers" / "carillon" / "carillon" / "api" / "openapi.json"
_TEXT_TYPES = ("application/json", "application/xml", "application/javascript")


@dataclass(frozen=True, slots=True)
class Sent:
    """One request. `target` is its path and query as they are sent; `claims` are those of a token that was verified."""

    kind: str
    method: str
    target: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    claims: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """An operation of the OpenAPI document, with the statuses that it may answer."""

    label: str
    pattern: re.Pattern[str]
    method: str
    statuses: frozenset[int]
    is_open: bool


def read_routes() -> list[Route]:
    """Return all routes, each before the greedy one that would match its paths too."""
    paths: dict[str, Any] = json.loads(DOCUMENT.read_text("utf-8"))["paths"]
    return [
        Route(
            f"{method.upper()} {path}",
            re.compile(
                re.sub(r"\\{\w+\\}", "(.+)" if path == "/recipients/{user_id}" else "([^/]+)", re.escape(path)),
                re.DOTALL,
            ),
            method.upper(),
            frozenset(map(int, operation["responses"])),
            operation.get("security") == [],
        )
        for path, operations in sorted(paths.items(), key=lambda item: item[0].count("/"), reverse=True)
        for method, operation in (operations | _head_of(operations)).items()
    ]


def _head_of(operations: dict[str, Any]) -> dict[str, Any]:
    """Return HEAD beside GET. The document leaves it out."""
    return {"head": operations["get"]} if "get" in operations else {}


class Gateway:
    """The routes of the API, and what API Gateway does before it invokes a function."""

    def __init__(self) -> None:
        self.routes = read_routes()

    def accept(self, sent: Sent) -> tuple[Route, dict[str, Any]] | None:
        """Return the route and the event of a request, or None if the gateway answers it without a function."""
        route = self.find(sent)
        if route is None or (sent.claims is None and not route.is_open):
            return None  # 404 or 401
        raw_path, _, query = sent.target.partition("?")
        return route, _event(sent, route, _decode(raw_path), query)

    def find(self, sent: Sent) -> Route | None:
        """Return the route of a request, if there is one."""
        path = _decode(sent.target.partition("?")[0])
        found = (route for route in self.routes if route.method == sent.method and route.pattern.fullmatch(path))
        return next(found, None)


def _event(sent: Sent, route: Route, path: str, query: str) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in sent.headers.items()}
    pairs: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True, errors="replace"):
        pairs.setdefault(name, []).append(value)
    context: dict[str, Any] = {
        "accountId": "123456789012", "apiId": "api", "domainName": "api.example.com", "requestId": "request-1",
        "http": {"method": sent.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"},
        "routeKey": route.label, "stage": "$default",
    }  # fmt: skip
    if not route.is_open:
        context["authorizer"] = {"jwt": {"claims": dict(sent.claims or {}), "scopes": None}}
    event: dict[str, Any] = {
        "version": "2.0", "routeKey": route.label, "rawPath": path, "rawQueryString": query, "headers": headers,
        "requestContext": context, "isBase64Encoded": False,
    }  # fmt: skip
    if pairs:
        event["queryStringParameters"] = {name: ",".join(values) for name, values in pairs.items()}
    if sent.body:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        is_text = kind.startswith("text/") or kind in _TEXT_TYPES
        event["body"] = sent.body.decode(errors="replace") if is_text else base64.b64encode(sent.body).decode()
        event["isBase64Encoded"] = not is_text
    return event


def _decode(path: str) -> str:
    """Return a path as API Gateway decodes it: all but %25. Bytes that are not UTF-8 become U+FFFD."""
    return unquote(path.replace("%25", "%2525"), errors="replace")
