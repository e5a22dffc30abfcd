"""Several tabs with a bell, and tabs that nobody sees: who asks, who hears, and who is alerted."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Stack
from tests.support.bell_page import SOON, Application, Bell
from tests.support.browser import browser
from tests.support.story_people import Person

# What the browser would show, kept: a headless one shows it to nobody. And whether the page is seen.
LOOKED_AT = """
    window.alerts = [];
    window.Notification = class {
        static permission = "default";
        static requestPermission = async () => (Notification.permission = "granted");
        constructor(title, options = {}) { window.alerts.push({ title, ...options }); }
        close() {}
    };
    let seen = true;
    Object.defineProperty(document, "visibilityState", { get: () => (seen ? "visible" : "hidden") });
    window.look = (at) => { seen = at; document.dispatchEvent(new Event("visibilitychange")); };
"""
MINUTE_AND_A_BIT = 65_000  # milliseconds: a tab that nobody sees asks once a minute


@pytest.fixture
def context() -> Iterator[BrowserContext]:
    with browser() as launched:
        chromium: Browser = launched
        context = chromium.new_context(viewport={"width": 800, "height": 740})
        yield context
        context.close()


@pytest.fixture
def application(stack: Stack, context: BrowserContext) -> Application:
    return Application(stack, context, Person(stack))


def test_two_tabs_are_in_step_and_one_of_them_asks(application: Application) -> None:
    application.person.notify("report.ready", "One")
    application.person.notify("report.ready", "Two")
    one, other = application.open(), application.open()
    other.ring()
    expect(other.items("One")).to_be_visible(timeout=SOON)
    one.ring()
    expect(one.items("One")).to_be_visible(timeout=SOON)
    one.panel.get_by_role("tab", name="All").click()
    other.panel.get_by_role("tab", name="All").click()
    one.act("Mark as read", "One")
    other.shows(1)
    expect(other.items("One").get_by_role("button", name="Mark as unread")).to_be_visible(timeout=SOON)
    other.act("Archive", "Two")
    one.shows(0)
    expect(one.items("Two")).to_have_count(0, timeout=SOON)
    assert application.person.unread() == 0

    # What comes by itself comes to both, and one of them has asked. The devstack's interval is five seconds.
    del application.asking[:]
    application.person.notify("report.ready", "Three")
    one.shows(1)
    other.shows(1)
    application.person.notify("report.ready", "Four")
    other.shows(2)
    one.shows(2)
    assert len(application.asking) >= 2
    assert len(set(application.asking)) == 1, "each tab asked for itself"


def test_an_alert_comes_once_for_what_is_new_and_nobody_sees(application: Application) -> None:
    application.person.notify("report.ready", "Old news", body="Nothing for a lock screen")

    def prepare(page: Page) -> None:
        page.clock.install()
        page.add_init_script(LOOKED_AT)

    bell = application.open(prepare)
    page = bell.page

    def alerts() -> list[str]:
        return [alert["title"] for alert in page.evaluate("window.alerts")]

    bell.ring()
    bell.act("Notification settings")
    bell.act("Enable desktop alerts")
    expect(bell.panel.get_by_role("button", name="Turn off desktop alerts")).to_be_visible(timeout=SOON)

    # Seen: it is in the list, and that is enough.
    application.person.notify("report.ready", "While looking")
    bell.refresh()
    bell.shows(2)
    assert alerts() == []

    page.evaluate("window.look(false)")
    application.person.notify("report.ready", "Away", body="Nothing for a lock screen", severity="critical")
    with page.expect_response(lambda answer: "/notifications?" in answer.url and answer.status == 200):
        page.clock.run_for(MINUTE_AND_A_BIT)
    page.wait_for_function("window.alerts.length > 0")
    with page.expect_response(lambda answer: "/notifications?" in answer.url):
        page.clock.run_for(MINUTE_AND_A_BIT)  # the next poll has nothing new
    assert alerts() == ["Critical: Away"]
    assert "lock screen" not in str(page.evaluate("JSON.stringify(window.alerts)"))

    page.evaluate("window.look(true)")
    bell.shows(3)
    assert alerts() == ["Critical: Away"]


def test_a_hidden_tab_without_alerts_is_silent(application: Application) -> None:
    def prepare(page: Page) -> None:
        page.clock.install()
        page.add_init_script(LOOKED_AT)

    bell: Bell = application.open(prepare)
    bell.page.evaluate("window.look(false)")
    del application.asking[:]
    bell.page.clock.run_for(10 * MINUTE_AND_A_BIT)
    application.person.notify("report.ready", "Waiting")
    assert application.asking == []
    bell.page.evaluate("window.look(true)")
    bell.shows(1)
