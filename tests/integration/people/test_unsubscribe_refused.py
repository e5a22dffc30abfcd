"""Invalid links, the security headers of the page, and a database that does not answer."""

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

import recipients_shared as function
from carillon.links import tokens
from carillon.links.tokens import Link
from carillon.models.delivery import SigningKey
from tests.support.environment import Connect, free_port
from tests.support.service import Service, clear_containers
from tests.support.unsubscribe_links import ONE_CLICK, all_rows, get_page, link, newest_key, post


@pytest.fixture(autouse=True)
def alice(service: Service, reachable: Callable[..., None]) -> None:
    reachable("alice", "bob")


def foreign(connect: Connect) -> str:
    """Return a token that another stack signed, with its own key and key id."""
    key = SigningKey.model_validate({"id": "0199c1f0-0000-7000-8000-00000000aaaa", "secret": "ab" * 48})
    return tokens.sign(Link("alice", ("invoice",)), key, datetime.now(UTC))


def forged(connect: Connect) -> str:
    """Return a token that an attacker signed with another key, under the key id of this stack."""
    key = SigningKey.model_validate({"id": newest_key(connect).id, "secret": "ab" * 48})
    return tokens.sign(Link("alice", ("invoice",)), key, datetime.now(UTC))


def altered(connect: Connect) -> str:
    head, claims, signature = link(connect, "invoice").split(".")
    said = base64.urlsafe_b64decode(claims + "==").replace(b'"alice"', b'"bob"  ')
    return f"{head}.{base64.urlsafe_b64encode(said).rstrip(b'=').decode()}.{signature}"


def retired(connect: Connect) -> str:
    token = link(connect, "invoice")
    connect().execute("UPDATE signing_keys SET id = gen_random_uuid()")
    return token


def cut(connect: Connect) -> str:
    return link(connect, "invoice")[:-1]


def nonsense(connect: Connect) -> str:
    return "x"


def test_an_invalid_link_gets_a_page_and_changes_nothing(connect: Connect) -> None:
    for make in (foreign, forged, altered, cut, nonsense, retired):
        token = make(connect)
        before = all_rows(connect)
        for answer in (get_page(token), post(token, ONE_CLICK), post(token, {"scope": "all"})):
            assert (answer.status, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8"), make.__name__
            assert "This link does not work" in answer.text
            assert "<form" not in answer.text
        assert get_page(token, "HEAD").status == 404
        assert all_rows(connect) == before


def test_an_expired_link_is_reported_as_expired_and_changes_nothing(connect: Connect) -> None:
    made = datetime.now(UTC) - tokens.VALID_FOR
    before = all_rows(connect)
    token = link(connect, "invoice", now=made - timedelta(seconds=1))
    for answer in (get_page(token), post(token, ONE_CLICK)):
        assert answer.status == 410
        assert "This link has expired" in answer.text
    assert all_rows(connect) == before
    assert post(link(connect, "invoice", now=made + timedelta(minutes=1)), ONE_CLICK).status == 200


def test_the_page_has_headers_that_forbid_scripts_and_caches(connect: Connect) -> None:
    answer = get_page(link(connect, "invoice"))
    [style] = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'", "style-src": f"'sha256-{digest}'", "form-action": "'self'",
        "frame-ancestors": "'none'", "base-uri": "'none'",
    }  # fmt: skip
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"<script|<img|<link|style=|\son\w+=", answer.text)
    assert "alice" not in answer.text


def test_the_page_is_in_the_persons_language_or_else_the_browsers(connect: Connect) -> None:
    token = link(connect, "invoice")
    assert '<html lang="en" dir="ltr">' in get_page(token).text
    assert '<html lang="fr" dir="ltr">' in get_page(token, accept_language="fr-CH, en;q=0.9").text
    connect().execute("UPDATE recipients SET locale = 'fr-CA'")
    page = get_page(token).text
    assert "Factures et paiements" in page
    assert "Désabonnement effectué" in post(token, ONE_CLICK).text
    connect().execute("UPDATE recipients SET locale = 'xx'")
    assert '<html lang="en" dir="ltr">' in get_page(token, accept_language="fr").text  # like the emails
    assert "Ce lien" in get_page("x", accept_language="fr").text


def test_without_a_database_the_page_asks_to_try_again(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    token = link(connect, "invoice")
    function.container().database.close()
    monkeypatch.setenv("DATABASE_URL", f"postgresql://127.0.0.1:{free_port()}/x")
    clear_containers()
    for answer in (get_page(token), post(token, ONE_CLICK)):
        assert answer.status == 503
        assert 2 <= int(answer.headers["Retry-After"]) <= 8
        assert "try again in a minute" in answer.text
    assert get_page("x").status == 404  # an invalid token needs no database
