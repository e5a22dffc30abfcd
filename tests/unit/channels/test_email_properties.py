"""No title, summary or application name can add a header, an element or a line to an email."""

import unicodedata
from email import message_from_string, policy
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carillon.channels.rendering import MAX_APP_NAME, MAX_SUBJECT, one_line, render_email, shorten
from carillon.models.language import LANGUAGES
from carillon.models.severity import SEVERITIES, Severity
from tests.support.delivery_samples import SETTINGS, delivery, item
from tests.support.html_page import Page

# Text with a special meaning in HTML, headers, templates or Unicode.
TRICKS = st.sampled_from(
    ["\r\n", "\nBcc: x@evil.example", "<b>", "</title>", "</td></table>", "<!--", "-->", "<![endif]-->", "]]>", "&lt;",
     "&", '"', "'", "{{ 7 * 7 }}", "{app}", "{% raw %}", "-- ", "=?utf-8?q?x?=", "\u202e", "\u2066", "\u200d",
     "\ufe0f", "\u0301", "\u00a0", "\u2028", "\U0001f469", "x" * 90, "javascript:alert(1)"]
)  # fmt: skip
WORDS = st.lists(st.text(max_size=20) | TRICKS, min_size=1, max_size=8).map("".join)
ITEMS = st.lists(
    st.tuples(WORDS, st.none() | WORDS, st.sampled_from(SEVERITIES)),
    min_size=1, max_size=4,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(contents=ITEMS, app=WORDS, locale=st.sampled_from(LANGUAGES), more=st.sampled_from([0, 1, 5000]))
def test_titles_summaries_and_names_stay_plain_text(
    contents: list[tuple[str, str | None, Severity]], app: str, locale: str, more: int
) -> None:
    def email(items: list[tuple[str, str | None, Severity]], app_name: str) -> tuple[str, str, Page]:
        claimed = delivery(
            *(item(title, severity, summary=summary) for title, summary, severity in items),
            item_count=len(items) + more, locale=locale,
        )  # fmt: skip
        rendered = render_email(claimed, SETTINGS.model_copy(update={"app_name": app_name}))
        return rendered.subject, rendered.text, Page(rendered.html)

    subject, text, page = email(contents, app)
    _, _, plain_page = email([("x", None, severity) for _, _, severity in contents], "x")

    assert len(subject) <= MAX_SUBJECT
    assert not [c for c in subject if unicodedata.category(c) in {"Cc", "Zl", "Zp"}]
    assert subject == subject.strip()
    assert page.tags == plain_page.tags
    assert page.links == plain_page.links
    assert [line for line in text.split("\n") if line == "-- "] == ["-- "]
    for title, summary, _ in contents:
        assert one_line(summary or title) in page.text


@settings(max_examples=150, deadline=None)
@given(app=WORDS)
def test_the_sender_is_one_address_with_the_name_of_the_application(app: str) -> None:
    settings = SETTINGS.model_copy(update={"app_name": app, "email_from": "no-reply@acme.example"})
    sender = render_email(delivery(), settings).sender
    assert sender.isascii()
    assert sender.isprintable()
    message = message_from_string(f"From: {sender}\n\n", policy=policy.default)
    assert message.keys() == ["From"]
    [address] = message["From"].addresses
    assert address.addr_spec == "no-reply@acme.example"
    shown = str(
        make_header(decode_header(parseaddr(sender)[0]))
    )  # which knows that spaces between encoded words are none
    assert shown == shorten(one_line(app), MAX_APP_NAME)


@pytest.mark.parametrize(
    ("email_from", "app", "sender"),
    [
        ("a@acme.example", "Acme", "Acme <a@acme.example>"),
        ("a@acme.example", 'Acme, "Inc."', '"Acme, \\"Inc.\\"" <a@acme.example>'),
        ("a@acme.example", "Société", "=?utf-8?b?U29jacOpdMOp?= <a@acme.example>"),
        ("a@acme.example", "=?utf-8?q?x?=", "=?utf-8?b?PT91dGYtOD9xP3g/PQ==?= <a@acme.example>"),
        ("Our Desk <a@acme.example>", "Acme", "Our Desk <a@acme.example>"),
        ("not an address", "Acme", "not an address"),
        ("a@\u00e9.example", "Acme", "a@\u00e9.example"),
    ],
)
def test_the_sender_for_each_address_and_name(email_from: str, app: str, sender: str) -> None:
    settings = SETTINGS.model_copy(update={"app_name": app, "email_from": email_from})
    assert render_email(delivery(), settings).sender == sender


def test_no_word_of_an_encoded_sender_is_longer_than_a_header_allows() -> None:
    settings = SETTINGS.model_copy(update={"app_name": "漢字" * 32, "email_from": "no-reply@acme.example"})
    words = render_email(delivery(), settings).sender.split(" ")
    assert len(words) > 2
    assert max(map(len, words)) <= 75
