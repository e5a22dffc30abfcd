"""A sample token: would the API accept it, and what may it do? No part of a token is ever shown or stored."""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from cli.doctor.check import Check
from cli.doctor.findings import Finding, Group
from cli.doctor.plan import Plan
from cli.doctor.sign_in import gather_issuer
from cli.doctor.sources import NotChecked, Sources

# carillon/identity.py has the same; importing it would load what only functions need.
SCOPES = frozenset({"carillon/send", "carillon/recipients", "carillon/erase", "carillon/export"})
_RSA = ("RS256", "RS384", "RS512")


@dataclass(frozen=True, slots=True)
class Token:
    """The claims of a token. `signed`: a key of the issuer made it; None: there is no key to compare."""

    readable: bool
    algorithm: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict[str, Any])
    signed: bool | None = None
    now: float = 0

    @property
    def scopes(self) -> list[str]:
        """Carillon's scopes in the token: in `scope`, `scp` or `roles`."""
        names = ("scope", "scp") if "scope" in self.claims or "scp" in self.claims else ("roles",)
        return sorted(SCOPES.intersection(word for name in names for word in _words(self.claims.get(name))))

    @property
    def audiences(self) -> list[str]:
        """The audiences, or the client if there are none: API Gateway compares `client_id` without `aud`."""
        value = self.claims.get("aud", self.claims.get("client_id"))
        return [value] if isinstance(value, str) else _words(value)

    @property
    def is_id_token(self) -> bool:
        """True for the token of a sign-in, which is for the application alone."""
        marked = self.claims.get("token_use") == "id" or self.claims.get("typ") == "ID"
        return marked or "at_hash" in self.claims or "c_hash" in self.claims


def _words(value: object) -> list[str]:
    """Return the words of a claim: a list, or a text with spaces."""
    if isinstance(value, str):
        return value.split()
    return [word for word in cast("list[object]", value) if isinstance(word, str)] if isinstance(value, list) else []


def gather_token(sources: Sources, plan: Plan) -> Token:
    """Return the claims of the sample token, and compare its signature with the issuer's keys."""
    import jwt

    text = (sources.token or "").strip()
    try:
        header = jwt.get_unverified_header(text)
        claims = jwt.decode(text, options={"verify_signature": False})
    except jwt.PyJWTError:
        return Token(readable=False)
    algorithm, now = str(header.get("alg")), time.time()
    try:
        keys = gather_issuer(sources, plan).rsa if plan.has_own_issuer else []
    except NotChecked:
        keys = []
    signed = _signed(text, keys, header) if keys and algorithm in _RSA else None
    return Token(True, algorithm, claims, signed, now)


def _signed(text: str, keys: list[dict[str, Any]], header: Mapping[str, Any]) -> bool:
    """Return True if one of the keys made the signature: that with the token's `kid`, or any if it names none."""
    import jwt

    kid = header.get("kid")
    for key in (key for key in keys if kid is None or key.get("kid") == kid):
        try:
            made = jwt.PyJWK.from_json(json.dumps(key), algorithm=header["alg"])
            jwt.PyJWS().decode(text, made, algorithms=[header["alg"]])
        except jwt.PyJWTError:
            continue
        return True
    return False


def judge_token(token: Token, plan: Plan) -> Iterable[Finding]:
    """Judge the token as the authorizer of API Gateway will, and then its scopes."""
    if not token.readable:
        yield Finding("token_unreadable")
        return
    if token.algorithm not in _RSA:
        yield Finding("token_not_rsa", algorithm=token.algorithm)
    if token.is_id_token:
        yield Finding("token_of_sign_in")
    if token.signed is False:
        yield Finding("token_signature")
    yield from _judge_names(token, plan)
    yield from _judge_times(token)
    if not token.scopes:
        yield Finding("token_without_scope")


def _judge_times(token: Token) -> Iterable[Finding]:
    """Judge `exp`, `nbf` and `iat`: API Gateway demands the first, and that the others have passed."""
    begins = [moment for name in ("nbf", "iat") if isinstance(moment := token.claims.get(name), int | float)]
    if begins and max(begins) > token.now:
        yield Finding("token_too_early", seconds=f"{max(begins) - token.now:.0f}")
    expires = token.claims.get("exp")
    if not isinstance(expires, int | float):
        yield Finding("token_without_expiry")
    elif expires <= token.now:
        yield Finding("token_expired", minutes=f"{(token.now - expires) / 60:.0f}")


def _judge_names(token: Token, plan: Plan) -> Iterable[Finding]:
    """Judge the issuer and the audiences that the token names. Before a deploy the pool of a stack has none yet."""
    if plan.has_own_issuer:
        if token.claims.get("iss") != plan.jwt_issuer:
            yield Finding("token_issuer", issuer=plan.jwt_issuer, named=token.claims.get("iss"))
        if not set(token.audiences) & set(plan.audiences):
            yield Finding("token_audience", audiences=", ".join(token.audiences) or "none", wanted=plan.jwt_audience)


def _ok(token: Token, _: Plan) -> str:
    minutes = (token.claims["exp"] - token.now) / 60
    return f"The API would accept it for {minutes:.0f} more minutes; its scopes: {', '.join(token.scopes)}."


TOKEN = Check(name="token", group=Group.SIGN_IN, gather=gather_token, judge=judge_token, ok=_ok)
