"""The tokens of unsubscribe links: their signature, expiry, length and categories."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from carillon.errors import LinkExpired, LinkInvalid
from carillon.links import tokens
from carillon.links.tokens import Link
from carillon.models.delivery import SigningKey
from tests.support.delivery_samples import SETTINGS, delivery

SECRET = bytes(range(48))
KEY = SigningKey.model_validate({"id": UUID(int=7), "secret": SECRET.hex()})
NOW = datetime.now(UTC)
LINK = Link("alice", ("invoice", "job.failed"))
GOOD = {"aud": tokens.AUDIENCE, "sub": "alice", "exp": NOW + timedelta(days=1)}
API = SETTINGS.model_copy(update={"api_url": "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"})


def signed(claims: dict[str, Any], secret: bytes = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, secret, algorithm=algorithm, headers={"kid": str(KEY.id)})


def part(content: Any) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def url_of(*events: str, **more: Any) -> str | None:
    claimed = delivery(**{"signing_key": KEY, "all_switchable_events": list(events)} | more)
    return tokens.unsubscribe_url(claimed, API, NOW)


def link_of(url: str | None) -> Link:
    assert url is not None
    return tokens.verify(url.rpartition("/")[2], SECRET)


@pytest.mark.parametrize("link", [LINK, Link("alice"), Link("Zoë 😀 \u2028/?#", ("a_b.c",)), Link("x" * 128)])
def test_a_signed_link_is_read_back(link: Link) -> None:
    token = tokens.sign(link, KEY, NOW)
    assert tokens.unverified_key_id(token) == KEY.id
    assert tokens.verify(token, SECRET) == link
    assert token.isascii()
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "kid": str(KEY.id)}


def test_a_link_is_valid_for_400_days() -> None:
    almost = datetime.now(UTC) - timedelta(days=400)
    assert tokens.verify(tokens.sign(LINK, KEY, almost + timedelta(minutes=1)), SECRET) == LINK
    with pytest.raises(LinkExpired):
        tokens.verify(tokens.sign(LINK, KEY, almost - timedelta(minutes=1)), SECRET)


def test_a_clock_behind_that_of_the_signer_is_accepted() -> None:
    assert tokens.verify(tokens.sign(LINK, KEY, NOW + timedelta(minutes=5)), SECRET) == LINK


@pytest.mark.parametrize(
    "claims",
    [
        GOOD | {"aud": "carillon/something-else"},
        GOOD | {"aud": [tokens.AUDIENCE]},  # must be one text
        GOOD | {"aud": [tokens.AUDIENCE, "carillon/something-else"]},
        {name: value for name, value in GOOD.items() if name != "aud"},
        {name: value for name, value in GOOD.items() if name != "exp"},
        {name: value for name, value in GOOD.items() if name != "sub"},
        GOOD | {"sub": ""},
        GOOD | {"cat": "invoice"},
        GOOD | {"cat": [1]},
        GOOD | {"exp": "never"},
    ],
)
def test_a_token_for_another_purpose_is_no_link(claims: dict[str, Any]) -> None:
    assert tokens.verify(signed(GOOD), SECRET) == Link("alice")
    with pytest.raises(LinkInvalid):
        tokens.verify(signed(claims), SECRET)


def test_an_expired_token_of_another_key_is_invalid() -> None:
    with pytest.raises(LinkExpired):
        tokens.verify(signed(GOOD | {"exp": 1}), SECRET)
    with pytest.raises(LinkInvalid):
        tokens.verify(signed(GOOD | {"exp": 1}, bytes(48)), SECRET)


UNSIGNED = f"{part({'alg': 'none', 'kid': str(KEY.id)})}.{part({**GOOD, 'exp': 4_000_000_000})}"
FORGED = {
    "by another key": signed(GOOD, bytes(48)),
    "by another algorithm": signed(GOOD, SECRET * 2, "HS512"),
    "with the algorithm none": f"{UNSIGNED}.",
    "with the algorithm none and a signature": f"{UNSIGNED}.{signed(GOOD).rpartition('.')[2]}",
    "cut at the end": tokens.sign(LINK, KEY, NOW)[:-1],
    "cut in the middle": tokens.sign(LINK, KEY, NOW)[:100],
    "with more at its end": tokens.sign(LINK, KEY, NOW) + "=3D",
    "without its header": tokens.sign(LINK, KEY, NOW).partition(".")[2],
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_or_damaged_token_is_no_link(how: str) -> None:
    with pytest.raises(LinkInvalid):
        tokens.verify(FORGED[how], SECRET)


NO_KEY = [
    "", ".", "..", "a.b.c", "é", "😀.😀.😀", "\ud800", "%00", "x" * 5000, f"{part('[' * 3000)}.e30.x",
    f"{part('null')}.e30.x",
    f"{part('[1]')}.e30.x", f"{part({'alg': 'HS256'})}.e30.x", f"{part({'alg': 'HS256', 'kid': 5})}.e30.x",
    f"{part({'alg': 'HS256', 'kid': 'mine'})}.e30.x", f"{part({'alg': 'HS256', 'kid': [str(KEY.id)]})}.e30.x",
    f"{part({'kid': str(KEY.id)})}.e30", tokens.sign(LINK, KEY, NOW) + "." + "x" * tokens.MAX_TOKEN,
]  # fmt: skip


@pytest.mark.parametrize("token", NO_KEY, ids=range(len(NO_KEY)))
def test_a_token_without_a_key_id_is_no_link(token: str) -> None:
    with pytest.raises(LinkInvalid):
        tokens.unverified_key_id(token)


@given(st.text(max_size=300))
def test_random_text_is_always_an_invalid_link(text: str) -> None:
    for attempt in (lambda: tokens.unverified_key_id(text), lambda: tokens.verify(text, SECRET)):
        with pytest.raises(LinkInvalid):
            attempt()


def test_the_secret_is_never_printed() -> None:
    shown = f"{KEY} {KEY!r} {delivery(signing_key=KEY)!r} {delivery(signing_key=KEY).model_dump()}"
    assert SECRET.hex() not in shown
    assert str(SECRET) not in shown


@pytest.mark.parametrize(
    ("events", "categories"),
    [
        (["invoice.payment_failed"], ("invoice",)),  # declared
        (["sales.won"], ("sales",)),  # not declared: its first word
        (["sales.won", "sales.lost", "invoice.paid"], ("sales", "invoice")),
        ([f"a{number}.x" for number in range(8)], tuple(f"a{number}" for number in range(8))),
        ([f"a{number}.x" for number in range(9)], ()),  # too many to choose from
        ([f"a.x{number}" for number in range(99)], ("a",)),
        ([f"a.x{number}" for number in range(100)], ()),  # there may be more
    ],
)
def test_a_link_names_the_categories_that_can_be_switched_off(events: list[str], categories: tuple[str, ...]) -> None:
    url = url_of(*events)
    assert url is not None
    assert url.startswith(f"{API.api_url}/unsubscribe/")
    assert link_of(url) == Link("alice", categories)


def test_without_a_category_a_key_or_the_api_address_there_is_no_link() -> None:
    assert url_of() is None
    assert url_of("invoice.paid", signing_key=None) is None
    assert tokens.unsubscribe_url(delivery(signing_key=KEY), SETTINGS, NOW) is None


def test_a_slash_at_the_end_of_the_api_address_changes_nothing() -> None:
    with_slash = API.model_copy(update={"api_url": f"{API.api_url}/"})
    claimed = delivery(signing_key=KEY)
    assert tokens.unsubscribe_url(claimed, with_slash, NOW) == tokens.unsubscribe_url(claimed, API, NOW)


LONGEST = ['"' * 128, "x" * 128, "é" * 60]


@example(LONGEST[0], [f"{letter * 100}" for letter in "abc"])
@example(LONGEST[1], [f"{letter * 100}" for letter in "abcdefgh"])
@example(LONGEST[2], ["a" * 100])
@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=128),
    st.lists(st.from_regex(r"[a-z0-9_]{1,100}", fullmatch=True), min_size=1, max_size=12),
)
def test_a_link_fits_into_a_header(user_id: str, events: list[str]) -> None:
    claimed = delivery(signing_key=KEY, all_switchable_events=events).model_copy(update={"user_id": user_id})
    url = tokens.unsubscribe_url(claimed, API, NOW)
    assert url is not None
    assert len(f"<{url}>") <= tokens.MAX_HEADER_VALUE
    assert link_of(url).user_id == user_id
    assert set(link_of(url).categories) in (set(events), set())
