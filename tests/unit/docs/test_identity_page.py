"""docs/identity.md: Carillon reads the tokens of each provider as the person and the producer that the page names."""

import json
import re
from typing import Any

import pytest

from carillon.errors import Unauthorized
from carillon.identity import SEND, read_claims
from tests.support.paths import ROOT

PAGE = (ROOT / "docs" / "identity.md").read_text("utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}
PROVIDERS = sorted(SECTIONS)


def row(provider: str, name: str) -> str:
    """Return the first code in a row of a provider's table."""
    [found] = re.findall(rf"^\| {name} \| `(.+?)`", SECTIONS[provider], re.MULTILINE)
    return found.replace(r"\|", "|")


def tokens(provider: str) -> list[dict[str, Any]]:
    """Return the claims of the two tokens: that of a person and that of the backend."""
    blocks = re.findall(r"```json\n(.*?)```", SECTIONS[provider], re.DOTALL)
    assert len(blocks) == 2
    return [json.loads(block) for block in blocks]


def through_gateway(claims: dict[str, Any]) -> dict[str, str]:
    """Return claims as an HTTP API passes them on: each one is a text, and a list is `[one two]`."""

    def text(value: Any) -> str:
        if isinstance(value, list):
            return f"[{' '.join(map(str, value))}]"
        return str(value).lower() if isinstance(value, bool) else str(value)

    return {name: text(value) for name, value in claims.items()}


def is_authorized(claims: dict[str, Any], issuer: str, audiences: set[str]) -> bool:
    """Return whether API Gateway's JWT authorizer accepts claims. It looks at `client_id` only without an `aud`."""
    audience = claims.get("aud", claims.get("client_id"))
    named = set(audience if isinstance(audience, list) else [audience])
    return claims["iss"] == issuer and bool(named & audiences)


def test_the_page_has_the_usual_providers_and_lists_each_one() -> None:
    assert {"Auth0", "Keycloak", "Microsoft Entra ID", "Okta", "Clerk", "Supabase", "Firebase", "Amazon Cognito"} == {
        *PROVIDERS
    }
    listed = re.findall(r"^\| \[(.+?)\]\(#", PAGE, re.MULTILINE)
    assert listed == list(SECTIONS)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_api_gateway_accepts_both_tokens_with_the_parameters_of_the_page(provider: str) -> None:
    issuer, audiences = row(provider, "`JwtIssuer`"), set(row(provider, "`JwtAudience`").split(","))
    for claims in tokens(provider):
        assert is_authorized(claims, issuer, audiences)
        assert not is_authorized(claims, issuer.removesuffix("/") + "/x", audiences)
        assert not is_authorized(claims, issuer, {"another"})


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_person_is_read_as_the_page_says_and_is_no_producer(provider: str) -> None:
    claims, _ = tokens(provider)
    for form in (claims, through_gateway(claims)):
        identity = read_claims(form)
        assert identity.user_id == row(provider, "person")
        assert (identity.producer, identity.scopes) == (None, frozenset())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_backend_is_the_producer_of_the_page_with_its_scopes(provider: str) -> None:
    _, claims = tokens(provider)
    [(name, scopes)] = re.findall(r"^\| producer \| `(.+?)`: `(.+?)` \|$", SECTIONS[provider], re.MULTILINE)
    for form in (claims, through_gateway(claims)):
        identity = read_claims(form)
        assert identity.require_producer() == name
        assert identity.scopes == {*scopes.split()} >= {SEND}


@pytest.mark.parametrize("provider", ["Keycloak", "Amazon Cognito", "Auth0"])
def test_an_id_token_of_the_provider_is_refused(provider: str) -> None:
    claims, _ = tokens(provider)
    marks = {"Keycloak": {"typ": "ID"}, "Amazon Cognito": {"token_use": "id"}, "Auth0": {"at_hash": "example"}}
    with pytest.raises(Unauthorized, match="ID token"):
        read_claims(through_gateway(claims | marks[provider]))


def test_version_1_of_entra_names_the_backend_by_its_subject() -> None:
    _, claims = tokens("Microsoft Entra ID")
    older = {name: value for name, value in claims.items() if name != "azp"} | {"appid": claims["azp"], "ver": "1.0"}
    assert read_claims(older).require_producer() == claims["sub"]


def test_auth0s_permissions_grant_nothing() -> None:
    claims, _ = tokens("Auth0")
    assert read_claims(claims | {"permissions": [SEND]}).scopes == frozenset()
