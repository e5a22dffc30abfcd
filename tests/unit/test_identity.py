"""The user and the producer that a token names."""

from typing import Any

import pytest

from carillon.errors import Forbidden, Unauthorized
from carillon.identity import Identity, read_claims


@pytest.mark.parametrize(
    "scope", ["carillon/send", "openid carillon/send profile", "carillon/send x", "a\tcarillon/send"]
)
def test_the_scope_is_found_among_others(scope: str) -> None:
    assert read_claims({"client_id": "billing", "scope": scope}) == Identity(None, "billing")


@pytest.mark.parametrize(
    "scope",
    ["", "carillon/sender", "xcarillon/send", "carillon/send/x", "carillon", "CARILLON/SEND", "carillon/send,x",
     None, ["carillon/send"], {"carillon/send": True}, 1],
)  # fmt: skip
def test_a_scope_that_is_similar_or_no_text_is_ignored(scope: object) -> None:
    assert read_claims({"sub": "alice", "client_id": "app", "scope": scope}) == Identity("alice", None)


def test_scopes_in_other_claims_are_ignored() -> None:
    claims = {"sub": "alice", "scp": "carillon/send", "scopes": "carillon/send", "permissions": "carillon/send"}
    assert read_claims(claims).producer is None


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
     {"client_id": "billing", "scope": "carillon/sender"}],
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
