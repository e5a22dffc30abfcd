"""The demo page in a real browser: 360 px wide, elements found by role and name, at most three clicks for each task."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Stack
from tests.support.browser import Visitor, browser, problems

# Seconds. LATE covers the first run of a command on a busy machine, and a sixth email, which waits for the next minute.
SOON, LATE = 20, 90
NARROW: Any = {"width": 360, "height": 740}
BELL = re.compile(r"^Notifications|\d\+? unread")
UNREAD = re.compile(r"[1-9]\d*\+? unread")
NUMBER = re.compile(r'"invoice_(\d+)"')


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture
def visitor(chromium: Browser, stack: Stack) -> Iterator[Visitor]:
    context = chromium.new_context(viewport=NARROW)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(stack.data["demo_url"])
    user = Visitor(page)
    user.sees(user.part("Fire an event"), "Nothing fired yet", within_seconds=SOON)
    yield user
    assert errors == []
    context.close()


def invoice(visitor: Visitor) -> str:
    """Return the number of the invoice in the latest request, which the console shows."""
    shown = visitor.page.get_by_role("group", name="Request").text_content() or ""
    [number] = NUMBER.findall(shown)
    return number


def fire(visitor: Visitor, story: str = "Failed payment") -> None:
    visitor.press("button", story)
    visitor.sees(visitor.part("Fire an event"), "Recorded: it is in the app now.", within_seconds=SOON)


def test_the_same_webhook_fired_twice_is_one_notification(visitor: Visitor, stack: Stack) -> None:
    fire(visitor)
    title = f"The payment for invoice {invoice(visitor)} failed"
    visitor.press("button", "Fire the same again")

    visitor.sees(visitor.part("Fire an event"), "Same notification: nothing recorded twice", within_seconds=SOON)
    recorded = visitor.page.get_by_role("list", name="Recorded")
    visitor.sees(recorded, title, within_seconds=SOON)
    assert recorded.get_by_text(title).count() == 1
    assert recorded.get_by_text(f"{title} \u00d7").count() == 0
    listed = stack.request("GET", "/notifications?limit=100", stack.token("alice")).body["notifications"]
    assert [each["title"] for each in listed].count(title) == 1
    assert visitor.clicks <= 3


def test_an_email_is_read_as_html_and_as_text(visitor: Visitor) -> None:
    mailbox = visitor.part("Mailbox")
    fire(visitor)
    number = invoice(visitor)
    link = f"/billing/invoices/{number}"
    visitor.press("button", f"Invoice {number} could not be paid", within_seconds=LATE)
    html = mailbox.locator("iframe")
    assert link in (html.get_attribute("srcdoc") or "")
    assert "allow-scripts" not in (html.get_attribute("sandbox") or "allow-scripts")
    visitor.press("tab", "As text")
    visitor.sees(mailbox.get_by_role("group", name="The email as text"), re.compile(link), within_seconds=SOON)
    assert visitor.clicks <= 3


def test_all_is_marked_as_read(visitor: Visitor, stack: Stack) -> None:
    fire(visitor)
    visitor.press("button", BELL)
    # "Mark all as read" marks only the notifications that the bell shows.
    shown = visitor.page.get_by_role("dialog", name="Notifications")
    visitor.sees(shown, f"The payment for invoice {invoice(visitor)} failed", within_seconds=SOON)
    visitor.press("button", "Mark all as read")

    expect(visitor.page.get_by_role("button", name=UNREAD)).to_have_count(0, timeout=SOON * 1000)
    assert stack.request("GET", "/notifications/unread-count", stack.token("alice")).body["unread_count"] == 0
    assert visitor.clicks <= 3


def test_a_failure_of_a_broken_ses_is_shown_and_can_be_replayed(visitor: Visitor) -> None:
    operator = visitor.part("Break it, repair it")
    visitor.press("button", "Break SES")
    visitor.sees(operator, "SES refuses every email", within_seconds=SOON)
    fire(visitor)
    title = f"The payment for invoice {invoice(visitor)} failed"
    failures = operator.get_by_role("list", name="Failed deliveries")
    failure = failures.get_by_role("listitem").filter(has_text=title)
    expect(failure).to_contain_text("Failed after 5 attempts: access_denied.", timeout=LATE * 1000)
    expect(failure).to_contain_text("A replay sends it.", timeout=LATE * 1000)
    visitor.sees(operator, re.compile(r"[1-9]\d* messages? (is|are) in the dead-letter queue"), within_seconds=LATE)
    visitor.sees(visitor.page.get_by_role("list", name="Failed", exact=True), title, within_seconds=SOON)
    assert visitor.clicks <= 3

    visitor.clicks = 0
    visitor.press("button", "Repair SES")
    visitor.sees(operator, "SES accepts email.", within_seconds=SOON)
    visitor.press("button", "Replay")
    visitor.sees(
        operator.get_by_role("group", name="What the command printed"), "sent to the queue", within_seconds=LATE
    )
    expect(failure).to_have_count(0, timeout=LATE * 1000)
    sent = visitor.page.get_by_role("list", name="Sent").get_by_role("listitem").filter(has_text=title)
    expect(sent.filter(has_text="email to alice")).to_contain_text("Accepted", timeout=LATE * 1000)
    assert visitor.clicks <= 3


def test_a_digest_is_sent_now_and_a_push_shows_on_the_phone(visitor: Visitor) -> None:
    visitor.press("radio", "carol")
    phone = visitor.part("carol\u2019s phone")
    fire(visitor, "Review request")
    waiting = visitor.page.get_by_role("list", name="Waiting")
    mine = waiting.get_by_role("listitem").filter(has_text="push to carol").first
    expect(mine).to_contain_text("Due in", timeout=SOON * 1000)
    visitor.press("button", "Send now", mine)
    expect(phone.get_by_role("list", name="Pushes").get_by_role("listitem").first).to_be_visible(timeout=LATE * 1000)
    assert visitor.clicks <= 3


def test_only_a_mandatory_notification_reaches_bob_and_the_others_say_why_not(visitor: Visitor) -> None:
    visitor.press("radio", "bob")
    fire(visitor)
    routed = visitor.page.get_by_role("list", name="Routed").get_by_role("listitem").first
    expect(routed).to_contain_text("No email: your settings switch it off.", timeout=SOON * 1000)
    expect(routed).to_contain_text("Not shown in the app: switched off when it was recorded.")
    fire(visitor, "Role change")
    expect(routed).to_contain_text("You are now an administrator", timeout=SOON * 1000)
    expect(routed).to_contain_text("because security is mandatory and cannot be switched off", timeout=LATE * 1000)


def test_the_keyboard_alone_can_sign_in_and_fire(visitor: Visitor) -> None:
    keys = visitor.page.keyboard
    visitor.page.get_by_role("radio", name="alice").focus()
    keys.press("ArrowRight")
    expect(visitor.page.get_by_role("heading", name="bob\u2019s phone")).to_be_visible()
    visitor.page.get_by_role("button", name=re.compile("^Mention")).focus()
    keys.press("Enter")
    visitor.sees(visitor.part("Fire an event"), "Recorded: it is in the app now.", within_seconds=SOON)
    visitor.page.get_by_role("tab", name="Request").focus()
    keys.press("ArrowRight")
    expect(visitor.page.get_by_role("group", name="Response")).to_be_visible()
    assert visitor.clicks == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing(visitor: Visitor, scheme: Any, width: int) -> None:
    visitor.page.set_viewport_size({"width": width, "height": 800})
    visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    fire(visitor)
    visitor.sees(visitor.page.get_by_role("list", name="Recorded"), "The payment for invoice", within_seconds=SOON)
    assert visitor.page.evaluate("document.documentElement.scrollWidth") <= width
    assert problems(Axe().run(visitor.page, options={"iframes": False})) == []
