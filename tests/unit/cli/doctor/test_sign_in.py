"""The issuer and a sample token, against a scripted issuer and real keys."""

import json
import time
from dataclasses import replace
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from carillon.identity import SCOPES
from cli.doctor import sign_in, token
from cli.doctor.plan import Plan
from cli.doctor.run import run_check
from tests.support.doctor_sources import RecordedSources

ISSUER = "https://id.example.com"
PLAN = Plan(jwt_issuer=ISSUER, jwt_audience="api,app")
KEY, OTHER = (rsa.generate_private_key(65537, 2048) for _ in range(2))
CURVE = ec.generate_private_key(ec.SECP256R1())


def public(key: Any, kid: str) -> dict[str, Any]:
    algorithm: Any = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig"}


DISCOVERY = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
DOCUMENT, KEYS = f"{ISSUER}{sign_in.DISCOVERY}", f"{ISSUER}/keys"
SITE = {DOCUMENT: DISCOVERY, KEYS: {"keys": [public(KEY, "one"), public(CURVE, "two")]}}
ZONE = {("id.example.com", "A"): ["8.8.8.8"]}


def codes(check: Any, plan: Plan = PLAN, site: Any = SITE, zone: Any = ZONE, text: str | None = None) -> list[str]:
    outcome = run_check(check, RecordedSources(site=site, zone=zone, token=text), plan)
    assert bool(outcome.ok) == (not outcome.findings)
    return [finding.kind.code for finding in outcome.findings]


@pytest.mark.parametrize(
    ("site", "expected"),
    [
        (SITE, []),
        ({}, ["issuer_unreachable"]),
        ({DOCUMENT: 404}, ["issuer_unreachable"]),
        ({DOCUMENT: b"<html>"}, ["issuer_unreachable"]),
        ({DOCUMENT: ["no object"]}, ["issuer_unreachable"]),
        (SITE | {DOCUMENT: DISCOVERY | {"issuer": f"{ISSUER}/"}}, ["issuer_differs"]),
        ({DOCUMENT: {"issuer": ISSUER}}, ["issuer_without_keys"]),
        ({DOCUMENT: DISCOVERY}, ["issuer_without_keys"]),
        (SITE | {KEYS: 500}, ["issuer_without_keys"]),
        (SITE | {KEYS: {"keys": "none"}}, ["issuer_without_keys"]),
        (SITE | {KEYS: {"keys": []}}, ["issuer_without_rsa"]),
        (SITE | {KEYS: {"keys": [public(CURVE, "two")]}}, ["issuer_without_rsa"]),
        (SITE | {KEYS: {"keys": [public(KEY, "one") | {"use": "enc"}]}}, ["issuer_without_rsa"]),
    ],
)
def test_an_issuer_is_judged_as_api_gateway_will(site: Any, expected: list[str]) -> None:
    assert codes(sign_in.ISSUER, site=site) == expected


@pytest.mark.parametrize(
    ("issuer", "zone", "expected"),
    [
        (ISSUER, {("id.example.com", "A"): ["10.0.0.7"]}, ["issuer_private"]),
        (ISSUER, {("id.example.com", "A"): ["10.0.0.7"], ("id.example.com", "AAAA"): ["2606:4700::1"]}, []),
        (ISSUER, {("*", "timeout"): []}, []),  # the request says more
        ("http://127.0.0.1:8762", {}, ["issuer_not_https", "issuer_private"]),
        ("https://[fd00::1]", {}, ["issuer_private"]),
        ("https://localhost", {}, ["issuer_private"]),
    ],
)
def test_an_issuer_must_be_public(issuer: str, zone: Any, expected: list[str]) -> None:
    site = {f"{issuer}{sign_in.DISCOVERY}": DISCOVERY | {"issuer": issuer}, KEYS: SITE[KEYS]}
    assert codes(sign_in.ISSUER, replace(PLAN, jwt_issuer=issuer), site, zone) == expected


def test_an_issuer_with_a_last_slash_has_its_document_where_api_gateway_looks() -> None:
    slash = f"{ISSUER}/"
    assert (
        codes(sign_in.ISSUER, replace(PLAN, jwt_issuer=slash), SITE | {DOCUMENT: DISCOVERY | {"issuer": slash}}) == []
    )


def test_an_issuer_needs_an_audience() -> None:
    assert codes(sign_in.AUDIENCE) == []
    assert codes(sign_in.AUDIENCE, Plan(jwt_issuer=ISSUER)) == ["audience_missing"]
    assert not sign_in.AUDIENCE.applies(Plan())


CLAIMS = {"iss": ISSUER, "sub": "billing", "aud": "api", "exp": time.time() + 3600, "scope": "carillon/send openid"}


def make(key: Any = KEY, algorithm: str = "RS256", kid: str | None = "one", **claims: Any) -> str:
    given = {name: value for name, value in (CLAIMS | claims).items() if value is not None}
    return jwt.encode(given, key, algorithm, headers={"kid": kid} if kid else None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (make(), []),
        (make(kid=None), []),
        (make(aud=["web", "app"]), []),
        (make(aud=None, client_id="app"), []),
        (make(scope=None, scp=["carillon/recipients"]), []),
        (make(scope=None, roles=["carillon/erase"]), []),
        (make(aud="web"), ["token_audience"]),
        (make(aud="web", client_id="app"), ["token_audience"]),  # API Gateway reads client_id only without aud
        (make(aud=None), ["token_audience"]),
        (make(iss=f"{ISSUER}/"), ["token_issuer"]),
        (make(exp=time.time() - 600), ["token_expired"]),
        (make(exp=None), ["token_without_expiry"]),
        (make(iat=time.time() - 5, nbf=time.time() - 5), []),
        (make(iat=time.time() + 120), ["token_too_early"]),
        (make(nbf=time.time() + 120), ["token_too_early"]),
        (make(scope="openid"), ["token_without_scope"]),
        (make(key=OTHER), ["token_signature"]),
        (make(kid="three"), ["token_signature"]),
        (make(key=CURVE, algorithm="ES256", kid="two"), ["token_not_rsa"]),
        (make(at_hash="x"), ["token_of_sign_in"]),
        (make(token_use="id"), ["token_of_sign_in"]),
        ("opaque", ["token_unreadable"]),
        ("", ["token_unreadable"]),
    ],
)
def test_a_token_is_judged_as_the_api_will(text: str, expected: list[str]) -> None:
    assert codes(token.TOKEN, text=text) == expected


def test_without_keys_the_other_claims_are_judged() -> None:
    assert codes(token.TOKEN, site={}, text=make(key=OTHER)) == []
    assert codes(token.TOKEN, Plan(), site={}, text=make(iss="https://a.example")) == []


def test_the_scopes_are_those_of_the_service() -> None:
    assert token.SCOPES == SCOPES
