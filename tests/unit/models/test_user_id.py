"""Ids of people: one rule for requests that store and for tokens, and the older one for requests that read."""

import re

import pytest
from pydantic import TypeAdapter, ValidationError

from carillon.errors import Unauthorized
from carillon.identity import read_claims
from carillon.models.user_id import StoredUserId, UserId, check_user_id

NEW, STORED = TypeAdapter[str](UserId), TypeAdapter[str](StoredUserId)

ADDRESSABLE = (
    "alice", "a/b", "https://id.example/u/7", "arn:aws:iam::1:user/bob", "auth0|7", "a b", "50%", "a%2Fb", "é", "🔔",
    "...", ".a", "a..b", "preferences", "a+b@example.com", '"', "x" * 128,
)  # fmt: skip
REFUSED = (
    ("", "at least 1"), ("x" * 129, "at most 128"), (" ", "blank"), ("\u3164", "blank"), ("\u2800", "blank"),
    ("a\u200bb", "invisible"), ("a\u00a0b", "U+0020"), ("a\u00adb", "invisible"), ("a\ufe0f", "invisible"),
    ("a\tb", "control"), ("a\ue000", "invisible"), ("a\ufffd", "U+FFFD"),
    ("a\uffff", "invisible"), ("\U0003fffe", "blank"),
    ("a?b", "end the path"), ("a#b", "end the path"), (" a", "space"), ("a ", "space"),
    ("/a", "slash"), ("a/", "slash"), (".", "segments"), ("..", "segments"), ("a/../b", "segments"),
    ("./a", "segments"), ("a/preferences", "/preferences"),
)  # fmt: skip


@pytest.mark.parametrize("user_id", ADDRESSABLE, ids=ascii)
def test_an_id_with_an_address_is_taken_by_requests_and_tokens(user_id: str) -> None:
    assert NEW.validate_python(user_id) == user_id
    assert STORED.validate_python(user_id) == user_id
    assert read_claims({"sub": user_id}).user_id == user_id


@pytest.mark.parametrize(("user_id", "why"), REFUSED, ids=ascii)
def test_another_id_is_refused_by_requests_and_tokens_alike(user_id: str, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        NEW.validate_python(user_id)
    assert why in str(refused.value)
    if user_id:
        with pytest.raises(Unauthorized, match="The token's subject is not usable: it must"):
            read_claims({"sub": user_id})


def test_what_an_older_release_stored_can_be_read_and_erased() -> None:
    for user_id in ("a\u200bb", "a\u00a0b", " a", "a/", "a?b", "..", "\u3164", "a\ufffd"):
        assert STORED.validate_python(user_id) == user_id
    for user_id in ("", " ", "x" * 129, "a\n", "a\x00"):
        with pytest.raises(ValidationError):
            STORED.validate_python(user_id)


def test_a_client_of_a_token_has_the_rule_of_names() -> None:
    claims = {"scope": "carillon/send"}
    assert read_claims(claims | {"client_id": "a/"}).producer == "a/"
    for client in ("a\u200bb", "c" * 256, "\u3164"):
        with pytest.raises(Unauthorized, match="client"):
            read_claims(claims | {"client_id": client})


def test_an_id_that_skips_the_rules_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    characters = [chr(code) for code in range(0x3100)]
    ids = [*characters, *(f"a{one}" for one in characters), *(f"{one}{two}" for one in ".a/ ?" for two in "./ a?#")]
    ids += [*ADDRESSABLE, *(user_id for user_id, _ in REFUSED)]
    found = [_accepts(user_id) for user_id in ids]
    monkeypatch.setattr("carillon.models.user_id._PLAIN", re.compile("(?!)"))
    assert found == [_accepts(user_id) for user_id in ids]
    assert found.count(True) > 1000


def _accepts(user_id: str) -> bool:
    try:
        check_user_id(user_id)
    except ValueError:
        return False
    return True
