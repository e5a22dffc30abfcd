"""The user and the producer that a token names."""

from typing import Any

import pytest

from carillon.errors import Forbidden, Unauthorized
from carillon.identity import ERASE, RECIPIENTS, SEND, Identity, read_claims


@pytest.mark.parametrize(
    "scope", ["carillon/send", "openid carillon/send profile", "carillon/send x", "a\tcarillon/send"]
)
def test_the_scope_is_found_among_others(scope: str) -> None:
    assert read_claims({"client_id": "billing", "scope": scope}) == Identity(None, "billing")


@pytest.mark.parametrize(
    "scope",
    ["", "carillon/sender", "xcarillon/send", "carillon/send/x", "carillon", "CARILLON/SEND", "carillon/send,x",
     "[carillon/sender]", "[carillon/send,x]", "[]", "[", None, {"carillon/send": True}, 1, ["carillon/sender", 1]],
)  # fmt: skip
@pytest.mark.parametrize("claim", ["scope", "scp", "roles"])
def test_a_scope_that_is_similar_or_no_text_is_ignored(claim: str, scope: object) -> None:
    assert read_claims({"sub": "alice", "client_id": "app", claim: scope}) == Identity("alice", None)


@pytest.mark.parametrize(
    "spelling",
    ["openid carillon/send", ["openid", "carillon/send"], "[openid carillon/send]", "[carillon/send]",
     '["openid", "carillon/send"]', '["carillon/send"]'],
)  # fmt: skip
@pytest.mark.parametrize("claim", ["scope", "scp", "roles"])
def test_each_issuers_spelling_of_scopes_is_understood(claim: str, spelling: object) -> None:
    """Okta and Entra ID write lists into `scp` and `roles`, and an HTTP API passes a list as text in brackets."""
    assert read_claims({"sub": "s", "client_id": "billing", claim: spelling}) == Identity("s", "billing")


def test_scopes_in_other_claims_are_ignored() -> None:
    claims = {"sub": "alice", "scopes": "carillon/send", "permissions": "carillon/send", "groups": "carillon/send"}
    assert read_claims(claims).producer is None
    # A person's roles in Entra ID are no scopes of the application that acts for them.
    assert read_claims({"sub": "alice", "scp": "openid", "roles": ["carillon/send"]}).producer is None


def test_a_token_has_the_scopes_of_both_claims() -> None:
    claims = {"sub": "s", "scope": "carillon/send x", "scp": ["carillon/erase"]}
    assert read_claims(claims).scopes == {SEND, ERASE}


@pytest.mark.parametrize("mark", [{"token_use": "id"}, {"typ": "ID"}, {"at_hash": "aGFzaA"}, {"c_hash": "aGFzaA"}])
def test_an_id_token_is_refused(mark: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized, match=r"ID token.*access token"):
        read_claims({"sub": "alice", "scope": "carillon/send"} | mark)
    assert read_claims({"sub": "alice", "token_use": "access", "typ": "Bearer", "nonce": "n"}).user_id == "alice"


@pytest.mark.parametrize("scope", [RECIPIENTS, ERASE])
def test_a_scope_grants_what_its_name_says(scope: str) -> None:
    identity = read_claims({"client_id": "directory", "scope": scope})
    assert identity.producer is None
    for needed in (RECIPIENTS, ERASE):
        if needed == scope:
            identity.require(needed, "separate")
        else:
            with pytest.raises(Forbidden, match=needed):
                identity.require(needed, "combined")
    with pytest.raises(Forbidden, match=SEND):
        identity.require_producer()
    with pytest.raises(Unauthorized):
        _ = identity.user_id


def test_combined_scopes_let_send_do_what_it_did_before() -> None:
    identity = read_claims({"client_id": "billing", "scope": SEND})
    for needed in (RECIPIENTS, ERASE):
        identity.require(needed, "combined")
        with pytest.raises(Forbidden, match=needed):
            identity.require(needed, "separate")
        with pytest.raises(Forbidden, match=needed):
            Identity("alice", None).require(needed, "combined")


@pytest.mark.parametrize(
    ("claims", "producer"),
    [
        ({"client_id": "c", "azp": "a", "sub": "s"}, "c"),
        ({"azp": "a", "sub": "s"}, "a"),
        ({"client_id": "", "azp": "a"}, "a"),
        ({"client_id": 7, "sub": "s"}, "s"),
        ({"sub": "s"}, "s"),
    ],
)
def test_a_producer_is_named_by_client_id_then_azp_then_sub(claims: dict[str, Any], producer: str) -> None:
    assert read_claims(claims | {"scope": "carillon/send"}).producer == producer


@pytest.mark.parametrize(
    "claims",
    [{}, {"scope": "carillon/send"}, {"client_id": "billing"}, {"sub": ""}, {"sub": None}, {"sub": ["alice"]},
     {"client_id": "billing", "scope": "carillon/sender"}, {"scope": "carillon/erase"}],
)  # fmt: skip
def test_a_token_without_a_user_and_a_producer_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized):
        read_claims(claims)


@pytest.mark.parametrize("name", ["x" * 129, "a\x00", "a\nb", "\ud800", " ", "\u2028"])
def test_a_subject_that_cannot_be_stored_is_refused(name: str) -> None:
    with pytest.raises(Unauthorized, match="not usable"):
        read_claims({"sub": name})


def test_the_longest_names_are_accepted() -> None:
    claims = {"sub": "s" * 128, "client_id": "c" * 255, "scope": "carillon/send"}
    assert read_claims(claims) == Identity("s" * 128, "c" * 255)
    with pytest.raises(Unauthorized):
        read_claims(claims | {"client_id": "c" * 256})


def test_a_user_and_a_producer_with_the_same_name_are_two_creators() -> None:
    assert Identity("billing", None).created_by != Identity("billing", "billing").created_by
    # A name that contains the other's prefix does not collide either.
    assert Identity("producer:billing", None).created_by != Identity(None, "billing").created_by


def test_a_feed_needs_a_subject_and_a_producer_needs_the_scope() -> None:
    with pytest.raises(Unauthorized):
        _ = Identity(None, "billing").user_id
    with pytest.raises(Forbidden, match="carillon/send"):
        Identity("alice", None).require_producer()
    assert Identity(None, "billing").require_producer() == "billing"
