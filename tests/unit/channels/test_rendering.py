"""The texts of emails and pushes: what they contain, and what they must never contain."""

import re

import pytest

from carillon.channels.rendering import LINE_WIDTH, MAX_SUBJECT, one_line, render_email, render_push, shorten
from carillon.models.severity import Severity
from carillon.words import WORDS
from tests.support.delivery_samples import NOTIFICATION_ID, SETTINGS, delivery, item
from tests.support.html_page import Page

MARK = f"carillon_notification={NOTIFICATION_ID}"
UNSUBSCRIBE = "https://api.acme.example/unsubscribe/x?y=1&z=2"


def tags(text: str) -> str:
    """Return a text in invisible tags, with the tag that ends it."""
    return "".join(chr(0xE0000 + ord(c)) for c in text) + "\U000e007f"


ENGLAND, SCOTLAND, WALES = (f"\U0001f3f4{tags(code)}" for code in ("gbeng", "gbsct", "gbwls"))


def test_both_parts_show_the_notification() -> None:
    email = render_email(delivery(item("Payment failed", target_url="/billing?x=1&y=2")), SETTINGS)
    page = Page(email.html)
    assert email.subject == "Payment failed"
    assert page.links == [f"https://app.acme.example/billing?x=1&y=2&{MARK}"]
    for part in (page.text, email.text):
        assert "Payment failed" in part
        assert "Critical" in part
        assert "Open in Acme" in part
    assert f"\nhttps://app.acme.example/billing?x=1&y=2&{MARK}\n" in email.text


def test_the_summary_replaces_the_title() -> None:
    email = render_email(delivery(item("Internal title", summary="Short and public")), SETTINGS)
    push = render_push(delivery(item("Internal title", summary="Short and public")), SETTINGS)
    assert "Internal title" not in email.subject + email.text + email.html + push.title + push.body
    assert push.body == "Short and public"


def test_the_text_for_the_channel_replaces_the_summary() -> None:
    told = delivery(item("Title", summary="Summary", channel_text="Only here"))
    email, push = render_email(told, SETTINGS), render_push(told, SETTINGS)
    assert "Summary" not in email.subject + email.text + email.html + push.title + push.body
    assert (email.subject, push.body) == ("Only here", "Only here")


def test_an_email_has_no_user_id_address_event_name_or_delivery_id() -> None:
    claimed = delivery(item())
    email = render_email(claimed, SETTINGS)
    for private in ("alice", "example.com", claimed.items[0].event_name, str(claimed.delivery_id)):
        assert private not in email.sender + email.subject + email.text + email.html


def test_a_digest_lists_its_items_and_counts_the_others() -> None:
    shown = [
        item("Sync is slow", "warning", target_url="/sync"),
        item("Role changed", "critical"),
        *(item(f"Backup {n}", "success", target_url=f"/backup/{n}") for n in range(18)),
    ]
    email = render_email(delivery(*shown, item_count=23), SETTINGS)
    page = Page(email.html)
    assert email.subject == "23 updates: Role changed"  # the most urgent, not the first
    assert page.links[:2] == [f"https://app.acme.example?{MARK}", f"https://app.acme.example/sync?{MARK}"]
    assert len(page.links) == 21
    assert page.links[-1] == SETTINGS.app_url
    for part in (page.text, email.text):
        assert "23 updates" in part
        assert "1 critical, 1 warning, 18 successes and 3 more" in part.replace("\u00a0", " ")
        assert "and 3 more" in part.splitlines()
        assert all(each.title in part for each in shown)
    for link in page.links:
        assert link in email.text.split()


def test_the_complete_text_of_a_digest() -> None:
    shown = [item("Sync is slow", "warning", target_url="/sync"), item("Role changed", target_url="/role")]
    assert (
        render_email(delivery(*shown), SETTINGS, UNSUBSCRIBE).text
        == f"""\
2 updates
1\u00a0critical, 1\u00a0warning

Critical

* Role changed
  https://app.acme.example/role?{MARK}

Warning

* Sync is slow
  https://app.acme.example/sync?{MARK}

See all in Acme:
https://app.acme.example

--\x20
You receive this email because email notifications are on in Acme.

Unsubscribe from these emails:
{UNSUBSCRIBE}
"""
    )


def test_lines_of_the_text_are_short_unless_a_word_is_longer() -> None:
    headline = "The nightly import of all contacts stopped at a row that has no address " * 2
    for form in (delivery(item(headline)), delivery(item(headline, mandatory=True), item("x" * 100))):
        lines = render_email(form, SETTINGS, UNSUBSCRIBE).text.splitlines()
        assert all(len(line) <= LINE_WIDTH or " " not in line.lstrip("* ") for line in lines)
        assert one_line(headline) in " ".join(line.strip("* ") for line in lines)


def test_a_digest_that_shows_every_item_counts_no_others() -> None:
    email = render_email(delivery(item("One"), item("Two")), SETTINGS)
    assert email.subject == "2 updates: One"
    assert "more" not in email.text
    assert "more" not in Page(email.html).text


def test_a_mandatory_item_stays_first_within_its_severity() -> None:
    items = item("Key made", "info", mandatory=True), item("A", "info"), item("Sync failed", "critical")
    email = render_email(delivery(*items), SETTINGS)
    assert email.subject == "3 updates: Sync failed"
    assert re.findall(r"^\* (.*)$", email.text, re.MULTILINE) == ["Sync failed", "Key made", "A"]


@pytest.mark.parametrize(
    ("items", "more", "url", "why", "link", "note"),
    [
        ([False], 0, UNSUBSCRIBE, "are on in Acme", True, False),
        ([False], 0, None, "are on in Acme", False, False),
        ([True], 0, None, "nobody may miss this kind", False, False),
        ([True], 0, UNSUBSCRIBE, "nobody may miss this kind", False, False),
        ([True, True], 0, UNSUBSCRIBE, "nobody may miss this kind", False, False),
        ([True, True], 3, None, "nobody may miss this kind", False, False),
        ([True, True], 3, UNSUBSCRIBE, "are on in Acme", True, True),  # the person may switch off some of the others
        ([True, False], 0, UNSUBSCRIBE, "are on in Acme", True, True),
        ([True, False], 0, None, "are on in Acme", False, False),
    ],
)
def test_the_footer_has_the_reason_and_the_unsubscribe_link(
    items: list[bool], more: int, url: str | None, why: str, link: bool, note: bool
) -> None:
    shown = [item("x", mandatory=mandatory) for mandatory in items]
    email = render_email(delivery(*shown, item_count=len(shown) + more), SETTINGS, url)
    page = Page(email.html)
    footer = email.text.split("\n-- \n")[1].replace("\n", " ")
    for part in (page.text, footer):
        assert why in part
        assert ("cannot be switched off" in part) == ("this kind" in why)
        assert ("Unsubscribe from these emails" in part) == link
        assert ("will still reach you" in part) == note
    assert (UNSUBSCRIBE in page.links, UNSUBSCRIBE in footer.split()) == (link, link)


@pytest.mark.parametrize("severity", ["critical", "warning", "success", "info"])
def test_the_severity_is_written_as_a_word(severity: Severity) -> None:
    label = WORDS["en"].messages.severities[severity].label
    email = render_email(delivery(item("x", severity)), SETTINGS)
    assert label in Page(email.html).text
    assert email.text.startswith(label)
    assert render_push(delivery(item("x", severity)), SETTINGS).title == f"Acme · {label}"


def test_html_is_escaped_everywhere() -> None:
    nasty = "<img src=x onerror=alert(1)>\"'&amp;</title><script>"
    settings = SETTINGS.model_copy(update={"app_name": 'A<b>"c'})
    html = render_email(delivery(item(nasty), item(nasty, target_url="/x")), settings).html
    assert not {"img", "script", "b"} & set(Page(html).tags)
    assert nasty in Page(html).text
    single = render_email(delivery(item(nasty, target_url='/"onclick=alert(1)')), settings).html
    assert not {"img", "script", "b"} & set(Page(single).tags)
    assert Page(single).links == [f"https://app.acme.example/%22onclick=alert(1)?{MARK}"]


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Hello\r\nBcc: bob@example.com", "Hello Bcc: bob@example.com"),
        ("a\x00b\x1b[31mc\x85d\u2028e\u2029f\tg", "a b [31mc d e f g"),
        ("invoice\u202efdp.exe\u2066x\u2069\u200f\u061c", "invoicefdp.exex"),
        ("  a   b  ", "a b"),
        ("Refusé\u00a0: 1\u202f000 €\u00a0\u00a0!", "Refusé\u00a0: 1\u202f000 € !"),
        ("\U0001f469\u200d\U0001f4bb at work", "\U0001f469\u200d\U0001f4bb at work"),
        (f"{ENGLAND} v {SCOTLAND} v {WALES}", f"{ENGLAND} v {SCOTLAND} v {WALES}"),
        (f"{ENGLAND}{tags('hidden')}x{tags('gb')}", f"{ENGLAND}x"),
        (
            f"\U0001f3f4{tags('gbeng')[:-1]}, \U0001f3f4{tags('')} \U0001f600{tags('gbeng')}",
            "\U0001f3f4, \U0001f3f4 \U0001f600",
        ),
    ],
)
def test_a_headline_is_one_plain_line(title: str, shown: str) -> None:
    email = render_email(delivery(item(title)), SETTINGS)
    assert email.subject == shown
    assert one_line(title) == shown
    assert f"\n{shown}\n" in email.text
    assert render_push(delivery(item(title)), SETTINGS).body == shown


def test_an_invisible_headline_is_replaced() -> None:
    assert render_email(delivery(item("Title", summary="\u2060")), SETTINGS).subject == "Title"
    assert render_email(delivery(item("\u2060")), SETTINGS).subject == "…"
    assert "…" in Page(render_email(delivery(item("\u2060"), item("x")), SETTINGS).html).text.split("\n")
    assert render_push(delivery(item("\u2060")), SETTINGS).body == "…"


def test_a_long_subject_is_cut_at_a_word() -> None:
    subject = render_email(delivery(item("quarterly " * 20), item("x"), item("y")), SETTINGS).subject
    assert len(subject) <= MAX_SUBJECT
    assert re.fullmatch(r"3 updates: (quarterly )+quarterly…", subject)
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


def test_a_push_has_the_headline_and_one_link() -> None:
    push = render_push(delivery(item("Payment failed", target_url="/billing")), SETTINGS)
    assert (push.title, push.body, push.url) == (
        "Acme · Critical",
        "Payment failed",
        f"https://app.acme.example/billing?{MARK}",
    )
    digest = render_push(delivery(item("One", target_url="/one"), item_count=4), SETTINGS)
    assert (digest.body, digest.url) == ("One and 3 more", SETTINGS.app_url)
