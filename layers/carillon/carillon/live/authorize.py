"""Who may connect to AppSync Events, and to which channels a person may listen.

The rules about a token are those of the HTTP API's JWT authorizer. The person is the one that carillon/identity.py
reads from the same claims, so a bell hears exactly the hints of the list that it may fetch.
"""

from dataclasses import dataclass
from typing import Any, Literal, cast

import jwt

from carillon.errors import Unauthorized
from carillon.identity import read_claims
from carillon.live.keys import SigningKeys
from carillon.live.names import EVERYONE, channel_of, hash_person
from carillon.settings.functions import LiveAuthorizerSettings

# What API Gateway accepts: RSA only. So neither `none` nor an HMAC with the public key as its secret.
ALGORITHMS = ["RS256", "RS384", "RS512"]
MAX_TOKEN = 16_384  # characters

CONNECT, SUBSCRIBE = "EVENT_CONNECT", "EVENT_SUBSCRIBE"

Reason = Literal[
    "accepted", "operation", "channel", "no_token", "malformed", "unknown_key", "expired", "refused", "no_person"
]


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to AppSync, and its reason in one word for the log."""

    accepted: bool
    reason: Reason


class _Refused(Exception):
    def __init__(self, reason: Reason) -> None:
        self.reason: Reason = reason


class Authorizer:
    """Decides about requests of AppSync Events. People connect and listen; functions/live_hints publishes, by IAM."""

    def __init__(self, settings: LiveAuthorizerSettings, keys: SigningKeys) -> None:
        self._settings = settings
        self._keys = keys

    def decide(self, event: dict[str, Any]) -> Decision:
        """Return the decision about one authorizer event. Never raise."""
        try:
            self._check(event.get("requestContext") or {}, event.get("authorizationToken"))
        except _Refused as refused:
            return Decision(accepted=False, reason=refused.reason)
        return Decision(accepted=True, reason="accepted")

    def _check(self, context: dict[str, Any], token: object) -> None:
        operation = context.get("operation")
        if operation not in (CONNECT, SUBSCRIBE):
            raise _Refused("operation")
        user_id = self._person(token)
        if operation == SUBSCRIBE and not self._may_listen(user_id, context.get("channel")):
            raise _Refused("channel")

    def _may_listen(self, user_id: str, channel: object) -> bool:
        """Return whether a channel is the person's own or the common one: exactly, so no wildcard is."""
        own = channel_of(hash_person(self._settings.live_key.get_secret_value(), user_id))
        # AppSync takes a channel with and without slashes at its ends for the same.
        return isinstance(channel, str) and f"/{channel.strip('/')}" in (own, EVERYONE)

    def _person(self, token: object) -> str:
        if not isinstance(token, str) or not token or len(token) > MAX_TOKEN:
            raise _Refused("no_token")
        claims = self._verified(token.removeprefix("Bearer "))
        if not self._settings.jwt_audience or not self._is_for_us(claims):
            raise _Refused("refused")
        try:
            return read_claims(claims).user_id
        except Unauthorized:
            raise _Refused("no_person") from None

    def _verified(self, token: str) -> dict[str, Any]:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError:
            raise _Refused("malformed") from None
        if header.get("alg") not in ALGORITHMS or not isinstance(header.get("kid"), str):
            raise _Refused("refused")
        key = self._keys.find(header["kid"])
        if key is None:
            raise _Refused("unknown_key")
        try:
            claims: Any = jwt.decode(
                token,
                key.key,
                algorithms=ALGORITHMS,
                issuer=self._settings.jwt_issuer,
                # The audience is checked below: API Gateway takes `client_id` for it in tokens without `aud`.
                options={"require": ["exp", "iss"], "verify_aud": False},
            )
        except jwt.ExpiredSignatureError:
            raise _Refused("expired") from None
        except jwt.InvalidTokenError:
            raise _Refused("refused") from None
        return claims

    def _is_for_us(self, claims: dict[str, Any]) -> bool:
        given = claims.get("aud", claims.get("client_id"))
        named = cast("list[object]", given) if isinstance(given, list) else [given]
        return any(audience in self._settings.jwt_audience for audience in named)
