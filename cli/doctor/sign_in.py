"""The issuer of tokens, and a sample token. Before and after a deploy.

A token is a secret. No finding and no error shows it; only its claims `iss`, `aud`, `exp` and its scopes are read.
"""

import ipaddress
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import urlsplit

from cli.doctor.check import Check
from cli.doctor.findings import Finding, Group
from cli.doctor.plan import Plan
from cli.doctor.sources import NotChecked, Sources

DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Issuer:
    """The answers of the issuer. `error` says why there is no document, `keys_error` why there are no keys.

    `local`: it is that of the devstack, which no one outside this machine must reach.
    """

    error: str | None = None
    named: str | None = None
    keys_error: str | None = None
    keys: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    private: bool = False
    local: bool = False

    @property
    def rsa(self) -> list[dict[str, Any]]:
        """The keys that can verify a signature with RSA."""
        return [key for key in self.keys if key.get("kty") == "RSA" and key.get("use", "sig") == "sig"]


def gather_issuer(sources: Sources, plan: Plan) -> Issuer:
    """Return the issuer's discovery document and keys."""
    return sources.keep("issuer", lambda: replace(_ask(sources, plan.jwt_issuer), local=sources.is_local))


def _ask(sources: Sources, issuer: str) -> Issuer:
    private = _is_private(sources, urlsplit(issuer).hostname or "")
    error, document = _json(sources, issuer.removesuffix("/") + DISCOVERY)
    if error:
        return Issuer(error=error, private=private)
    named, jwks_uri = document.get("issuer"), document.get("jwks_uri")
    if not isinstance(jwks_uri, str):
        return Issuer(named=named, keys_error="the document names no jwks_uri", private=private)
    error, document = _json(sources, jwks_uri)
    listed: Any = document.get("keys")
    if error or not isinstance(listed, list):
        return Issuer(named=named, keys_error=error or "the answer has no list of keys", private=private)
    keys = [cast("dict[str, Any]", key) for key in cast("list[Any]", listed) if isinstance(key, dict)]
    return Issuer(named=named, keys=keys, private=private)


def _json(sources: Sources, url: str) -> tuple[str | None, dict[str, Any]]:
    """Return the JSON object of an address, or why there is none."""
    try:
        page = sources.fetch(url)
    except OSError as error:
        return str(error), {}
    if page.status != 200:
        return f"the answer has the status {page.status}", {}
    try:
        document: Any = json.loads(page.body)
    except ValueError:
        return "the answer is not JSON", {}
    if not isinstance(document, dict):
        return "the answer is no JSON object", {}
    return None, cast("dict[str, Any]", document)


def _is_private(sources: Sources, host: str) -> bool:
    """Return True if every address of a host is private, so that AWS cannot reach it."""
    try:
        addresses = [host] if _address(host) else [*sources.resolve(host, "A"), *sources.resolve(host, "AAAA")]
    except NotChecked:  # then the request itself says more
        return False
    known = [address for each in addresses if (address := _address(each))]
    return host == "localhost" or (bool(known) and all(not address.is_global for address in known))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def judge_issuer(issuer: Issuer, plan: Plan) -> Iterable[Finding]:
    """Judge the issuer, as the authorizer of API Gateway will."""
    if not plan.jwt_issuer.startswith("https://") and not issuer.local:
        yield Finding("issuer_not_https", issuer=plan.jwt_issuer)
    if issuer.private and not issuer.local:
        yield Finding("issuer_private", issuer=plan.jwt_issuer)
    if issuer.error:
        yield Finding("issuer_unreachable", issuer=plan.jwt_issuer, error=issuer.error)
        return
    if issuer.named != plan.jwt_issuer:
        yield Finding("issuer_differs", issuer=plan.jwt_issuer, named=issuer.named)
    if issuer.keys_error:
        yield Finding("issuer_without_keys", error=issuer.keys_error)
    elif not issuer.rsa:
        kinds = ", ".join(sorted({str(key.get("kty")) for key in issuer.keys})) or "none"
        yield Finding("issuer_without_rsa", kinds=kinds)


def judge_audience(_: None, plan: Plan) -> Iterable[Finding]:
    """Judge whether an issuer has an audience, as the template's rule asks."""
    if not plan.audiences:
        yield Finding("audience_missing")


def _nothing(_: Sources, __: Plan) -> None:
    return None


def _has_own_issuer(plan: Plan) -> bool:
    return plan.has_own_issuer


ISSUER = Check(
    name="issuer", group=Group.SIGN_IN, gather=gather_issuer, judge=judge_issuer,
    ok=lambda issuer, _: f"The issuer answers, names itself the same, and has {len(issuer.rsa)} RSA keys.",
    applies=_has_own_issuer,
)  # fmt: skip
AUDIENCE = Check(
    name="audience", group=Group.SIGN_IN, gather=_nothing, judge=judge_audience,
    ok=lambda _, plan: f"The API accepts {plan.jwt_audience}.", applies=_has_own_issuer,
)  # fmt: skip
