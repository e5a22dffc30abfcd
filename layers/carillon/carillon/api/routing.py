"""Routes of an HTTP API in payload format 2.0: they read the request, call a function, and write its response.

Powertools' event handler does the same and more, but its import and its first request take longer than all else in a
cold start. functions/openapi.py gives the routes to Powertools, which writes the OpenAPI document from them.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from carillon.api.parameters import InvalidRequest, Parameter, Place, parameters_of, read_all

_NAME = re.compile(r"<(\w+)>")
_SEGMENT = r"(?P<\1>[-._~()'!*:@,;=+&$%<> \\[\\]{}|^\\w]+)"  # without a slash


@dataclass(slots=True)
class Response[Body]:
    """A response. `content_type` becomes a header."""

    status_code: int
    content_type: str | None = None
    body: Body | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def for_gateway(self) -> dict[str, Any]:
        """Return the response in payload format 2.0."""
        kind = {"Content-Type": self.content_type} if self.content_type else {}
        headers = {**self.headers, **kind}
        return {
            "statusCode": self.status_code,
            "body": self.body,
            "isBase64Encoded": False,
            "headers": headers,
            "cookies": list[str](),
        }


@dataclass(frozen=True)
class Request:
    """An HTTP API event, with its names in lower case and its query in snake_case: `app.resolve` writes them so."""

    raw_event: Mapping[str, Any]
    lambda_context: Any
    content_type: str

    @property
    def http_method(self) -> str:
        """The method, in capitals."""
        return str(self.raw_event["requestContext"]["http"]["method"]).upper()

    @property
    def path(self) -> str:
        """The path without the name of the stage."""
        path, stage = str(self.raw_event["rawPath"]), self.raw_event["requestContext"].get("stage", "$default")
        return path if stage == "$default" else path[len(f"/{stage}") :]

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers by their names in lower case."""
        return self.raw_event.get("headers") or {}

    @property
    def query(self) -> Mapping[str, str]:
        """The query. The gateway joins the values of a repeated name with commas."""
        return self.raw_event.get("queryStringParameters") or {}

    @property
    def body(self) -> str | None:
        """The body as the event has it."""
        return self.raw_event.get("body")

    @property
    def is_base64_encoded(self) -> bool:
        """True if `body` is in Base64."""
        return bool(self.raw_event.get("isBase64Encoded"))

    def query_values(self) -> dict[str, str | list[str]]:
        """Return the query. A repeated name has a list, which no parameter accepts."""
        sent = parse_qs(self.raw_event.get("rawQueryString") or "", keep_blank_values=True)
        return {name: sent[name] if len(sent.get(name, ())) > 1 else value for name, value in self.query.items()}

    def json(self, parse: Callable[[str], Any]) -> Any:
        """Return the parsed body, or None if there is none.

        Raises:
            InvalidRequest: the body is not JSON.
            ValueError: the body is not Base64, or not UTF-8.
        """
        text = base64.b64decode(self.body.encode()).decode() if self.is_base64_encoded and self.body else self.body
        try:
            return parse(text) if text else None
        except json.JSONDecodeError as error:
            raise InvalidRequest([{"type": "json_invalid", "loc": ("body", error.pos), "msg": error.msg}]) from None


@dataclass(frozen=True)
class Route:
    """A method, a path with `<names>`, the function that answers, and the route's part of the OpenAPI document."""

    method: str
    path: str
    function: Callable[..., Response[str]]
    documented: Mapping[str, Any]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The expression that matches the path."""
        return re.compile(f"^{_NAME.sub(_SEGMENT, self.path)}$")

    @cached_property
    def parameters(self) -> list[Parameter]:
        """The parameters of the function."""
        return parameters_of(self.function)

    def answer(self, request: Request, path: Mapping[str, str], parse: Callable[[str], Any]) -> Response[str]:
        """Return the response of the function.

        Raises:
            InvalidRequest: the request breaks the description of the route.
        """
        places = {parameter.source.place for parameter in self.parameters}
        values: dict[Place, Any] = {
            "path": path,
            "query": request.query_values() if "query" in places else {},
            "header": request.headers,
            "body": request.json(parse) if "body" in places else None,
        }
        return self.function(**read_all(self.parameters, values))


class Router:
    """Routes, and the request that they answer at the moment."""

    def __init__(self) -> None:
        self.routes: list[Route] = []
        self._parts: list[Router] = []
        self._request: Request | None = None

    @property
    def request(self) -> Request:
        """The request that is being answered. A container answers one at a time."""
        if self._request is None:
            raise RuntimeError("no request is being answered")
        return self._request

    def route[F: Callable[..., Response[str]]](self, method: str, path: str, **documented: Any) -> Callable[[F], F]:
        """Decorate a function that answers a method and a path. `documented` is for the OpenAPI document.

        A value may be a function that returns it, so that models which the route rarely needs are imported late.
        """

        def register(function: F) -> F:
            self.routes.append(Route(method, path, function, documented))
            return function

        return register

    def get[F: Callable[..., Response[str]]](self, path: str, **documented: Any) -> Callable[[F], F]:
        """Decorate a function that answers GET."""
        return self.route("GET", path, **documented)

    def head[F: Callable[..., Response[str]]](self, path: str, **documented: Any) -> Callable[[F], F]:
        """Decorate a function that answers HEAD."""
        return self.route("HEAD", path, **documented)

    def post[F: Callable[..., Response[str]]](self, path: str, **documented: Any) -> Callable[[F], F]:
        """Decorate a function that answers POST."""
        return self.route("POST", path, **documented)

    def put[F: Callable[..., Response[str]]](self, path: str, **documented: Any) -> Callable[[F], F]:
        """Decorate a function that answers PUT."""
        return self.route("PUT", path, **documented)

    def patch[F: Callable[..., Response[str]]](self, path: str, **documented: Any) -> Callable[[F], F]:
        """Decorate a function that answers PATCH."""
        return self.route("PATCH", path, **documented)

    def delete[F: Callable[..., Response[str]]](self, path: str, **documented: Any) -> Callable[[F], F]:
        """Decorate a function that answers DELETE."""
        return self.route("DELETE", path, **documented)

    def include_router(self, router: "Router") -> None:
        """Add the routes of another router, which then gets the requests of this one."""
        self.routes += router.routes
        self._parts.append(router)

    def begin(self, request: Request) -> None:
        """Make a request the current one, here and in all included routers."""
        self._request = request
        for part in self._parts:
            part.begin(request)

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """Return the route for a path and the values of its names. A path without names comes first."""
        for route in sorted(self.routes, key=lambda each: "<" in each.path):
            if route.method == method and (match := route.pattern.match(path)):
                return route, match.groupdict()
        return None
