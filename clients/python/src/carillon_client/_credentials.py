"""Tokens by OAuth 2.0 client credentials (RFC 6749, section 4.4)."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast
from urllib.parse import quote_plus, urlencode

import httpx

from ._errors import TokenError

_LEEWAY = 60.0  # seconds before its end at which a token is renewed, and at most a tenth of its life
_UNKNOWN_LIFE = 300.0  # seconds, if the endpoint names no `expires_in`


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """The identity of a backend at the token endpoint of an OpenID provider.

    Attributes:
        token_url: the address of the token endpoint.
        client_id: the id of the client.
        client_secret: its secret. It is never part of a `repr`, an error or a log line.
        scope: the scopes, separated by spaces. `carillon/send` records notifications.
        parameters: further form fields, such as `{"audience": …}` for Auth0.
        auth: `basic` sends id and secret in the header `Authorization`, `post` in the form.
    """

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = "carillon/send"
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    auth: Literal["basic", "post"] = "basic"

    def headers(self) -> dict[str, str]:
        """Return the headers of the request for a token."""
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        if self.auth == "basic":
            pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return headers

    def form(self) -> bytes:
        """Return the body of the request for a token."""
        scope = {"scope": self.scope} if self.scope else {}
        fields = {"grant_type": "client_credentials", **scope, **self.parameters}
        if self.auth == "post":
            fields |= {"client_id": self.client_id, "client_secret": self.client_secret}
        return urlencode(fields).encode()


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and the time on the clock of `time.monotonic` from which it is renewed."""

    text: str = field(repr=False)
    renew_at: float


def read_token(response: httpx.Response, requested_at: float) -> Token:
    """Return the token of an answer.

    Raises:
        TokenError: the answer has none.
    """
    answer = read_object(response)
    token = answer.get("access_token")
    if not isinstance(token, str) or not token:
        raise TokenError("the token endpoint answered no access_token", status=response.status_code)
    try:
        life = float(answer.get("expires_in") or _UNKNOWN_LIFE)
    except (TypeError, ValueError):
        life = _UNKNOWN_LIFE
    return Token(token, requested_at + life - min(_LEEWAY, life / 10))


def token_error(response: httpx.Response) -> TokenError:
    """Return the error of an answer that refuses a token (RFC 6749, section 5.2)."""
    answer = read_object(response)
    code = answer.get("error")
    code = code if isinstance(code, str) else None
    reason = answer.get("error_description") or code or "no reason given"
    message = f"the token endpoint answered {response.status_code}: {reason}"
    return TokenError(message, status=response.status_code, code=code)


def read_object(response: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of an answer, or an empty one if it has none."""
    try:
        answer: object = response.json()
    except ValueError:
        return {}
    return cast("dict[str, Any]", answer) if isinstance(answer, dict) else {}
