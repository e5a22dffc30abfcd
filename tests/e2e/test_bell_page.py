"""`bell.js` on a page without React, against the deployed API. The number on the bell is always the server's."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Stack
from tests.support.bell_page import SOON, Application, Bell
from tests.support.browser import browser, problems
from tests.support.story_people import Person

KEYS_TO_TRY = 12  # presses of Tab to reach an element


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport={"width": 360, "height": 740})
    errors: list[str] = []
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield context
    assert errors == []
    context.close()


@pytest.fixture
def application(stack: Stack, context: BrowserContext) -> Application:
    return Application(stack, context, Person(stack))


def notify(application: Application, *titles: str, **content: Any) -> None:
    for title in titles:
        application.person.notify("report.ready", title, **content)


def test_the_number_is_the_servers_after_every_command(application: Application) -> None:
    notify(application, "One", "Two", "Three")
    bell = application.open()

    def agrees(unread: int) -> None:
        bell.shows(unread)
        assert application.person.unread() == unread

    agrees(3)
    bell.ring()
    bell.panel.get_by_role("tab", name="All").click()
    with bell.page.expect_response(lambda answer: answer.request.method == "PATCH"):
        bell.act("Mark as read", "Two")
    agrees(2)
    with bell.page.expect_response(lambda answer: answer.request.method == "PATCH"):
        bell.act("Mark as unread", "Two")
    agrees(3)
    with bell.page.expect_response(lambda answer: answer.request.method == "PATCH"):
        bell.act("Archive", "One")
    agrees(2)
    expect(bell.items("One")).to_have_count(0)
    with bell.page.expect_response(lambda answer: answer.request.method == "PATCH"):
        bell.act("Undo")
    agrees(3)
    expect(bell.items("One")).to_have_count(1)
    notify(application, "Four")
    bell.refresh()
    agrees(4)
    with bell.page.expect_response(lambda answer: answer.request.method == "PATCH"):
        bell.act("Mark all as read")
    agrees(0)
    assert [each["read_at"] is None for each in application.person.feed()] == [False] * 4


def test_the_keyboard_alone_reaches_everything(application: Application) -> None:
    notify(application, "Older", "Newer")
    bell = application.open()
    keys = bell.page.keyboard

    def tab_to(name: str) -> None:
        for _ in range(KEYS_TO_TRY):
            keys.press("Tab")
            # The focused element is in a shadow root; document.activeElement is only the bell.
            focused = bell.page.evaluate(
                "() => { const inner = document.activeElement?.shadowRoot?.activeElement;"
                " return inner && (inner.getAttribute('aria-label') || inner.textContent) }"
            )
            if focused and focused.startswith(name):
                return
        raise AssertionError(f"Tab did not reach {name}")

    tab_to("Notifications")
    keys.press("Enter")
    expect(bell.items("Newer")).to_be_visible(timeout=SOON)
    expect(bell.panel).to_be_focused()
    tab_to("Mark as read")
    keys.press("ArrowDown")
    expect(bell.items("Older").get_by_role("button", name="Mark as read")).to_be_focused()
    keys.press("Enter")
    bell.shows(1)
    keys.press("ArrowUp")
    tab_to("Archive")
    with bell.page.expect_response(lambda answer: answer.request.method == "PATCH"):
        keys.press("Enter")
    bell.shows(0)
    tab_to("Undo")
    keys.press("Enter")
    bell.shows(1)
    keys.press("Escape")
    expect(bell.panel).to_have_count(0)
    expect(bell.button).to_be_focused()
    assert {each["title"]: each["read_at"] is None for each in application.person.feed()} == {
        "Older": False,
        "Newer": True,
    }


def test_the_bell_says_that_it_is_offline_and_recovers_by_itself(application: Application) -> None:
    notify(application, "Before")
    bell = application.open()
    bell.ring()
    expect(bell.items("Before")).to_be_visible(timeout=SOON)
    application.context.set_offline(True)
    bell.refresh()
    expect(bell.panel.get_by_text("You are offline.")).to_be_visible(timeout=SOON)
    expect(bell.items("Before")).to_be_visible()
    bell.act("Mark as read", "Before")
    expect(bell.panel.get_by_text("You are offline, so nothing was changed.")).to_be_visible(timeout=SOON)
    bell.shows(1)
    notify(application, "Meanwhile")
    application.context.set_offline(False)  # the bell must notice this without a click
    expect(bell.items("Meanwhile")).to_be_visible(timeout=SOON)
    expect(bell.panel.get_by_text("You are offline.")).to_have_count(0)
    bell.shows(2)


def test_an_expired_token_is_replaced_without_an_error(application: Application) -> None:
    notify(application, "Before")
    bell = application.open()
    bell.ring()
    assert len(application.tokens) == 1
    refused: list[int] = []

    def refuse_once(route: Any) -> None:
        """Answer as the gateway does to an expired token. A real one would need a minute to expire."""
        if application.tokens[0] in (route.request.headers.get("authorization") or ""):
            refused.append(401)
            route.fulfill(status=401, json={"message": "Unauthorized"}, headers={"access-control-allow-origin": "*"})
        else:
            route.continue_()

    bell.page.route(re.compile(r"/notifications\?"), refuse_once)
    notify(application, "After")
    bell.refresh()
    expect(bell.items("After")).to_be_visible(timeout=SOON)
    assert refused == [401]
    assert len(application.tokens) == 2
    expect(bell.panel.get_by_role("alert")).to_have_count(0)
    expect(bell.panel.get_by_text("You are signed out.")).to_have_count(0)


def test_scrolling_shows_a_thousand_notifications_once_and_in_order(stack: Stack, application: Application) -> None:
    notify(application, "Number 1")
    with stack.database() as database:
        columns = [
            name
            for (name,) in database.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'notifications'"
                " AND column_name NOT IN ('id', 'title', 'idempotency_key')"
            )
        ]
        database.execute(
            f"INSERT INTO notifications (id, title, {', '.join(columns)})"
            " SELECT overlay(id::text PLACING lpad(to_hex(n), 12, '0') FROM 25)::uuid,"
            f" 'Number ' || n, {', '.join(columns)}"
            " FROM notifications CROSS JOIN generate_series(2, 1000) AS n WHERE user_id = %s".encode(),
            [application.person.user_id],
        )
        listed = database.execute(
            "SELECT title FROM notifications WHERE user_id = %s ORDER BY id DESC", [application.person.user_id]
        ).fetchall()
    bell = application.open()
    bell.ring()
    more = bell.panel.get_by_role("button", name=re.compile(r"Load more|Loading"))
    shown = 0
    while more.count():
        expect(bell.items().nth(shown)).to_be_attached(timeout=SOON)
        shown = bell.items().count()
        bell.items().nth(shown - 1).scroll_into_view_if_needed()
        # Scroll in the page itself: the button may go between a look from here and a scroll from here.
        more.evaluate_all("buttons => buttons.forEach(button => button.scrollIntoView())")
        bell.page.wait_for_function(
            "shown => { const root = document.querySelector('carillon-bell').shadowRoot;"
            " return root.querySelectorAll('li').length > shown || !root.querySelector('.carillon-more') }",
            arg=shown,
        )
    titles = bell.panel.locator(".carillon-title").all_text_contents()
    assert titles == [title for (title,) in listed]
    bell.shows(1000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_view(application: Application, scheme: Any) -> None:
    notify(application, "A critical one", severity="critical", body="What happened. " * 30)
    notify(application, "A warning", "Plain", severity="warning", target_url="/reports/1")
    bell = application.open(lambda page: page.emulate_media(color_scheme=scheme, reduced_motion="reduce"))
    bell.page.evaluate("s => document.querySelector('carillon-bell').setAttribute('theme', s)", scheme)
    bell.ring()
    expect(bell.items("Plain")).to_be_visible(timeout=SOON)
    bell.act("Archive", "Plain")
    violations: dict[str, list[str]] = {}
    for view in ("Unread", "All", "Archived"):
        bell.panel.get_by_role("tab", name=view).click()
        expect(bell.items("Plain" if view == "Archived" else "A warning")).to_be_visible(timeout=SOON)
        violations[view] = problems(Axe().run(bell.page))
    bell.act("Notification settings")
    expect(bell.panel.get_by_role("switch").first).to_be_visible(timeout=SOON)
    violations["Settings"] = problems(Axe().run(bell.page))
    assert violations == {"Unread": [], "All": [], "Archived": [], "Settings": []}
    assert bell.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_page_needs_one_script_and_no_style_sheet(application: Application) -> None:
    """A content security policy need not allow any further script or style."""
    scripts: list[str] = []

    def watch(page: Page) -> None:
        page.on("request", lambda request: scripts.append(request.url) if request.resource_type == "script" else None)

    bell: Bell = application.open(watch)
    bell.ring()
    expect(bell.panel.get_by_text("You are up to date")).to_be_visible(timeout=SOON)
    # The bell loads the second by itself, because the devstack has hints.
    assert [url.rpartition("/")[2] for url in scripts] == ["bell.js", "carillon-live.js"]
    assert bell.page.locator("style, link[rel=stylesheet]").count() == 0
