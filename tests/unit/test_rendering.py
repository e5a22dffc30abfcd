"""What a person reads in a mailbox and on a lock screen, and what never gets there."""

import re
from html.parser import HTMLParser

import pytest

from carillon.models.delivery import Severity
from carillon.rendering import MAX_SUBJECT, one_line, render_email, render_push, shorten, texts
from tests.unit.samples import SETTINGS, delivery, item


class Page(HTMLParser):
    """The visible text, the links and all tags of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if tag == "a" and name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_one_notification_in_both_parts() -> None:
    email = render_email(delivery(item("Payment failed", target_url="/billing?x=1&y=2")), SETTINGS)
    page = Page(email.html)
    assert email.subject == "Payment failed · Acme"
    assert page.links == ["https://app.acme.example/billing?x=1&y=2"]
    for part in (page.text, email.text):
        assert "Payment failed" in part
        assert "Critical" in part
        assert "Open in Acme" in part
    assert "\nhttps://app.acme.example/billing?x=1&y=2\n" in email.text


def test_the_summary_goes_before_the_title() -> None:
    email = render_email(delivery(item("Internal title", summary="Short and public")), SETTINGS)
    push = render_push(delivery(item("Internal title", summary="Short and public")), SETTINGS)
    assert "Internal title" not in email.subject + email.text + email.html + push.title + push.body
    assert push.body == "Short and public"


def test_nobody_is_named_beyond_the_recipient_line() -> None:
    claimed = delivery(item())
    email = render_email(claimed, SETTINGS)
    for private in ("alice", "example.com", "billing.payment_failed", str(claimed.delivery_id)):
        assert private not in email.subject + email.text + email.html


def test_a_digest_lists_its_items_and_counts_the_rest() -> None:
    shown = [
        item("Sync is slow", "warning", target_url="/sync"),
        item("Role changed", "critical"),
        *(item(f"Backup {n}", "success", target_url=f"/backup/{n}") for n in range(18)),
    ]
    email = render_email(delivery(*shown, item_count=23), SETTINGS)
    page = Page(email.html)
    assert email.subject == "Role changed and 22 more · Acme"  # the most urgent, not the first
    assert page.links[0] == "https://app.acme.example/sync"
    assert len(page.links) == 21
    assert page.links[-1] == SETTINGS.app_url
    for part in (page.text, email.text):
        assert "23 notifications" in part
        assert "and 3 more" in part
        assert all(each.title in part for each in shown)


def test_a_digest_that_shows_all_has_no_rest() -> None:
    email = render_email(delivery(item("One"), item("Two")), SETTINGS)
    assert email.subject == "One and 1 more · Acme"
    assert "more" not in email.text.replace(email.subject, "")


@pytest.mark.parametrize("severity", ["critical", "warning", "success", "info"])
def test_severity_is_a_word(severity: Severity) -> None:
    label = texts("en").severities[severity]
    email = render_email(delivery(item("x", severity)), SETTINGS)
    assert label in Page(email.html).text
    assert email.text.startswith(label)
    assert render_push(delivery(item("x", severity)), SETTINGS).title == f"Acme · {label}"


def test_html_is_escaped_everywhere() -> None:
    nasty = "<img src=x onerror=alert(1)>\"'&amp;</title><script>"
    settings = SETTINGS.model_copy(update={"app_name": 'A<b>"c'})
    html = render_email(delivery(item(nasty), item(nasty, target_url="/x")), settings).html
    assert not {"img", "script", "b"} & Page(html).tags
    assert nasty in Page(html).text
    single = render_email(delivery(item(nasty, target_url='/"onclick=alert(1)')), settings).html
    assert not {"img", "script", "b"} & Page(single).tags
    assert Page(single).links == ["https://app.acme.example/%22onclick=alert(1)"]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Hello\r\nBcc: bob@example.com", "Hello Bcc: bob@example.com"),
        ("a\x00b\x1b[31mc\x85d\u2028e\u2029f\tg", "a b [31mc d e f g"),
        ("invoice\u202efdp.exe\u2066x\u2069\u200f\u061c", "invoicefdp.exex"),
        ("  a   b  ", "a b"),
        ("\U0001f469\u200d\U0001f4bb at work", "\U0001f469\u200d\U0001f4bb at work"),
    ],
)
def test_a_headline_is_one_plain_line(title: str, shown: str) -> None:
    email = render_email(delivery(item(title)), SETTINGS)
    assert email.subject == f"{shown} · Acme"
    assert one_line(title) == shown
    assert f"\n{shown}\n" in email.text
    assert render_push(delivery(item(title)), SETTINGS).body == shown


def test_a_long_subject_is_cut_at_a_word_and_keeps_its_ending() -> None:
    subject = render_email(delivery(item("quarterly " * 20), item("x"), item("y")), SETTINGS).subject
    assert len(subject) <= MAX_SUBJECT
    assert re.fullmatch(r"(quarterly )+quarterly… and 2 more · Acme", subject)
    assert len(render_email(delivery(item("x" * 200)), SETTINGS).subject) == MAX_SUBJECT


@pytest.mark.parametrize(
    ("text", "limit", "result"),
    [
        ("short", 5, "short"),
        ("one two three", 12, "one two…"),
        ("one two three", 8, "one two…"),
        ("one two, three", 12, "one two…"),
        ("abcdefghij", 5, "abcd…"),
        ("abce\u0301fgh", 5, "abc…"),  # an accent stays with its letter, or both go
    ],
)
def test_shorten(text: str, limit: int, result: str) -> None:
    assert shorten(text, limit) == result


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("fr", "fr"),
        ("fr-CA", "fr"),
        ("FR_fr", "fr"),
        ("en-GB", "en"),
        ("de", "en"),
        ("frr", "en"),
        (None, "en"),
        ("", "en"),
    ],
)
def test_the_language_follows_the_locale(locale: str | None, language: str) -> None:
    html = render_email(delivery(item(), locale=locale), SETTINGS).html
    assert f'<html lang="{language}"' in html
    assert ("Ouvrir dans Acme" in html) == (language == "fr")


def test_french_counts() -> None:
    email = render_email(delivery(item("Un"), item_count=3, locale="fr"), SETTINGS)
    assert email.subject == "Un et 2 autres · Acme"
    assert render_push(delivery(item("Un"), item_count=2, locale="fr"), SETTINGS).body == "Un et 1 autre"


def test_a_push_has_the_headline_and_one_link() -> None:
    push = render_push(delivery(item("Payment failed", target_url="/billing")), SETTINGS)
    assert (push.title, push.body, push.url) == (
        "Acme · Critical",
        "Payment failed",
        "https://app.acme.example/billing",
    )
    digest = render_push(delivery(item("One", target_url="/one"), item_count=4), SETTINGS)
    assert (digest.body, digest.url) == ("One and 3 more", SETTINGS.app_url)
