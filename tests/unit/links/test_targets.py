"""Links lead into the application or to an allowed origin, even if a browser corrects a malformed link."""

import re
from urllib.parse import parse_qsl, urljoin, urlsplit
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carillon.links.targets import MAX_LENGTH, absolute_url, notification_url, validate_target_url

APP = "https://app.acme.example"
ID = UUID("0199c1f0-0000-7000-8000-00000000a001")
MARK = f"carillon_notification={ID}"
ALLOWED = ["https://docs.acme.example", "https://Status.Acme.example:8443"]


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/billing",
        "/billing?invoice=9&tab=a%20b#top",
        "/équipe/ü",
        "/a//b",
        "/a/../b",
        "/mail/alice@example.com",
        "/" + "a" * (MAX_LENGTH - 1),
        "https://docs.acme.example",
        "HTTPS://DOCS.ACME.EXAMPLE/start",
        "https://docs.acme.example:443/x",
        "https://docs.acme.example?x#y",
        "https://status.acme.example:8443/x",
    ],
)
def test_an_allowed_link_is_accepted_unchanged(url: str) -> None:
    assert validate_target_url(url, ALLOWED) == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "must be a path"),
        ("billing", "must be a path"),
        ("javascript:alert(1)", "must be a path"),
        ("data:text/html,x", "must be a path"),
        ("http://docs.acme.example/x", "must be a path"),
        ("https:/docs.acme.example", "must be a path"),
        ("https:docs.acme.example", "must be a path"),
        ("https:///docs.acme.example", "must be a path"),
        ("https://docs.acme.example@evil.example/", "must be a path"),
        ("https://alice:secret@docs.acme.example/", "must be a path"),
        ("https://docs.acme.example:99999/", "must be a path"),
        ("https://docs.acme.example:x/", "must be a path"),
        ("https://docs.acme.example\u3002evil.example/", "must be a path"),
        ("https://evil.example/", "not one of the allowed origins"),
        ("https://docs.acme.example.evil.example/", "not one of the allowed origins"),
        ("https://docs.acme.example./", "not one of the allowed origins"),
        ("https://docs.acme.example:8443/", "not one of the allowed origins"),
        ("https://status.acme.example/", "not one of the allowed origins"),
        ("//evil.example", "exactly one '/'"),
        ("///evil.example", "exactly one '/'"),
        ("/.//evil.example", "exactly one '/'"),
        ("/x/..//evil.example", "exactly one '/'"),
        ("/%2E%2e//evil.example", "exactly one '/'"),
        ("/\\evil.example", "backslashes"),
        ("/x\\y", "backslashes"),
        ("/\t/evil.example", "control characters"),
        ("/a b", "spaces"),
        ("/a\u00a0b", "spaces"),
        ("/a\u202eb", "control characters"),
        ("/a\ufffdb", "U+FFFD"),
        ("\n/a", "control characters"),
        ("/a\x00", "control characters"),
        ("/" + "a" * MAX_LENGTH, "2,048 characters"),
    ],
)
def test_any_other_link_is_refused_with_its_reason(url: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        validate_target_url(url, ALLOWED)


def as_a_browser_resolves(url: str, base: str) -> str:
    """Return the origin to which a browser goes, by a simplified WHATWG URL standard for https only."""
    url = re.sub(r"[\t\n\r]", "", url.strip("".join(map(chr, range(0x21)))))
    scheme = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", url)
    if scheme and scheme[0].lower() != "https:":
        return scheme[0]
    rest = url[scheme.end() :] if scheme else url
    rest = re.split(r"[?#]", rest, maxsplit=1)[0].replace("\\", "/")
    if not scheme and not rest.startswith("//"):
        return base
    authority = rest.lstrip("/").split("/", 1)[0]
    return "https://" + authority.rsplit("@", 1)[-1].lower().removesuffix(":443").removesuffix(":")


PIECES = st.sampled_from(
    ["/", "//", "\\", ".", "..", "%2e", "@", ":", "?", "#", "\t", "\n", " ", "\x00", "\u3002", "https:", "http:",
     "https://", "javascript:", "docs.acme.example", "status.acme.example:8443", "evil.example", "a", ":443", "%2f",
     "%5c", "\uff0f"]
)  # fmt: skip


# Attacks: a start that looks allowed, up to two tricks, and another host.
ATTEMPTS = st.tuples(
    st.sampled_from(["", "/", "https:", "https://docs.acme.example", "/x"]),
    st.lists(PIECES, max_size=2).map("".join),
    st.sampled_from(["evil.example", "/evil.example", "//evil.example", "@evil.example", ".evil.example"]),
    st.lists(PIECES, max_size=2).map("".join),
).map("".join)


@settings(max_examples=2000, deadline=None)
@given(ATTEMPTS | st.lists(PIECES, min_size=1, max_size=8).map("".join))
def test_no_accepted_link_leads_outside_the_allowed_origins(url: str) -> None:
    try:
        validate_target_url(url, ALLOWED)
    except ValueError:
        return
    ours = {APP, "https://docs.acme.example", "https://status.acme.example:8443"}
    joined = urljoin(f"{APP}/inbox/1", url)
    parts = urlsplit(joined)
    assert as_a_browser_resolves(url, APP) in ours
    assert as_a_browser_resolves(joined, APP) in ours
    assert as_a_browser_resolves(absolute_url(url, APP), APP) in ours
    assert url.startswith("https://") or not parts.path.startswith("//")
    assert parts.username is None


@pytest.mark.parametrize(
    ("url", "app_url", "result"),
    [
        (None, "https://app.acme.example/home", "https://app.acme.example/home"),
        ("/billing?x=1#y", "https://app.acme.example/home", "https://app.acme.example/billing?x=1#y"),
        ("/x", "http://localhost:8080", "http://localhost:8080/x"),
        ("/équipe/%20", APP, "https://app.acme.example/%C3%A9quipe/%20"),
        ('/a"b<c>', APP, "https://app.acme.example/a%22b%3Cc%3E"),
        ("https://docs.acme.example:8443/x", APP, "https://docs.acme.example:8443/x"),
        ("//evil.example", APP, APP),
        ("javascript:alert(1)", APP, APP),
        ("https://a@evil.example", APP, APP),
    ],
)
def test_a_link_becomes_absolute_or_leads_to_the_application(url: str | None, app_url: str, result: str) -> None:
    assert absolute_url(url, app_url) == result


@pytest.mark.parametrize(
    ("url", "app_url", "result"),
    [
        (None, APP, f"{APP}?{MARK}"),
        (None, f"{APP}/home?tab=1#top", f"{APP}/home?tab=1&{MARK}#top"),
        ("/billing", f"{APP}/home", f"{APP}/billing?{MARK}"),
        ("/billing?x=1&x=2&y=#a?b", APP, f"{APP}/billing?x=1&x=2&y=&{MARK}#a?b"),
        ("/search?q=a+b%26c&&d", APP, f"{APP}/search?q=a+b%26c&&d&{MARK}"),
        ("/billing?", APP, f"{APP}/billing?{MARK}"),
        ("/#/inbox?x=1", APP, f"{APP}/?{MARK}#/inbox?x=1"),
        ("/équipe?é=ü", APP, f"{APP}/%C3%A9quipe?%C3%A9=%C3%BC&{MARK}"),
        ("HTTPS://App.Acme.Example:443/x", APP, f"HTTPS://App.Acme.Example:443/x?{MARK}"),
        ("/x", "http://localhost:8080", f"http://localhost:8080/x?{MARK}"),
        ("/x?carillon_notification=other&a=1&carillon%5Fnotification=b", APP, f"{APP}/x?a=1&{MARK}"),
        ("//evil.example", APP, f"{APP}?{MARK}"),
        # Another origin never gets the id.
        ("https://docs.acme.example/x?y", APP, "https://docs.acme.example/x?y"),
        ("https://app.acme.example:8443/x", APP, "https://app.acme.example:8443/x"),
        ("https://localhost:8080/x", "http://localhost:8080", "https://localhost:8080/x"),
    ],
)
def test_a_link_into_the_application_names_the_notification(url: str | None, app_url: str, result: str) -> None:
    assert notification_url(url, app_url, ID) == result


PART = st.text(st.sampled_from("abé=&+;%/?:@!$'()*,~._-[]{}\"<漢"), max_size=20)


@settings(max_examples=500, deadline=None)
@given(path=PART, query=st.none() | PART, fragment=st.none() | PART)
def test_the_id_changes_no_other_part_of_the_link(path: str, query: str | None, fragment: str | None) -> None:
    url = "/" + path + ("" if query is None else f"?{query}") + ("" if fragment is None else f"#{fragment}")
    plain, marked = urlsplit(absolute_url(url, APP)), urlsplit(notification_url(url, APP, ID))
    assert marked._replace(query="") == plain._replace(query="")
    before = parse_qsl(plain.query, keep_blank_values=True)
    assert parse_qsl(marked.query, keep_blank_values=True) == [*before, ("carillon_notification", str(ID))]
    assert marked.geturl().isascii()
