"""The API over HTTP: the gateway's answers, and the functions behind it."""

import json
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.hostile.functions import Functions
from tests.hostile.gateway import Gateway, Sent

BEARER = "Bearer "


def token_of(claims: Mapping[str, str]) -> str:
    """Return the value of the header `Authorization` for claims. Nothing signs them: the gateway is simulated."""
    return BEARER + json.dumps(claims).encode().hex()


class ApiSite:
    """The API on the functions. `count` has the number of requests that it answered."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions
        self._gateway = Gateway()
        self.count = 0

    def answer(self, request: Request) -> Response:
        """Answer one request."""
        self.count += 1
        target = str(request.environ["REQUEST_URI"])
        sent = Sent("", request.method, target, request.get_data(), dict(request.headers), _claims(request))
        accepted = self._gateway.accept(sent)
        if accepted is None:
            status, message = (401, "Unauthorized") if self._gateway.find(sent) else (404, "Not Found")
            return Response(json.dumps({"message": message}), status, mimetype="application/json")
        answer, _seconds = self._functions.answer(accepted[1])
        headers: dict[str, Any] = answer["headers"]
        return Response(answer.get("body") or "", answer["statusCode"], headers)


def _claims(request: Request) -> Mapping[str, str] | None:
    """Return the claims of the token, or None if there is no token that the gateway would accept."""
    given = request.headers.get("Authorization", "")
    try:
        return json.loads(bytes.fromhex(given.removeprefix(BEARER))) if given.startswith(BEARER) else None
    except ValueError:
        return None
