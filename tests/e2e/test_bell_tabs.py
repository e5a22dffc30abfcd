"""Several tabs with a bell, and hidden tabs: which tab polls, which tabs update, and when an alert is shown."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import Stack
from tests.support.bell_page import SOON, Application, Bell
from tests.support.browser import browser
from tests.support.story_people import Person

# Collects the alerts, because a headless browser shows none, and lets a test hide and show the page.
VISIBILITY = """
    window.alerts = [];
    window.Notification = class {
        static permission = "default";
        static requestPermission = async () => (Notification.permission = "granted");
        constructor(title, options = {}) { window.alerts.push({ title, ...options }); }
        close() {}
    };
    let visible = true;
    Object.defineProperty(document, "visibilityState", { get: () => (visible ? "visible" : "hidden") });
    window.setVisible = (value) => { visible = value; document.dispatchEvent(new Event("visibilitychange")); };
"""
OVER_A_MINUTE = 65_000  # milliseconds: a hidden tab polls once a minute


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


def test_two_tabs_are_in_sync_and_only_one_of_them_polls(application: Application) -> None:
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

    # Both tabs show new notifications, and one of them polls for both. The devstack's interval is five seconds.
    del application.asking[:]
    application.person.notify("report.ready", "Three")
    one.shows(1)
    other.shows(1)
    application.person.notify("report.ready", "Four")
    other.shows(2)
    one.shows(2)
    assert len(application.asking) >= 2
    assert len(set(application.asking)) == 1, "each tab polls"


def test_a_hidden_tab_shows_one_alert_for_a_new_notification(application: Application) -> None:
    application.person.notify("report.ready", "Old news", body="Nothing for a lock screen")

    def prepare(page: Page) -> None:
        page.clock.install()
        page.add_init_script(VISIBILITY)

    bell = application.open(prepare)
    page = bell.page

    def alerts() -> list[str]:
        return [alert["title"] for alert in page.evaluate("window.alerts")]

    bell.ring()
    bell.act("Notification settings")
    bell.act("Enable desktop alerts")
    expect(bell.panel.get_by_role("button", name="Turn off desktop alerts")).to_be_visible(timeout=SOON)

    # The tab is visible: it shows the notification in the list, and no alert.
    application.person.notify("report.ready", "While looking")
    bell.refresh()
    bell.shows(2)
    assert alerts() == []

    page.evaluate("window.setVisible(false)")
    application.person.notify("report.ready", "Away", body="Nothing for a lock screen", severity="critical")
    with page.expect_response(lambda answer: "/notifications?" in answer.url and answer.status == 200):
        page.clock.run_for(OVER_A_MINUTE)
    page.wait_for_function("window.alerts.length > 0")
    with page.expect_response(lambda answer: "/notifications?" in answer.url):
        page.clock.run_for(OVER_A_MINUTE)  # the next poll has nothing new
    assert alerts() == ["Critical: Away"]
    assert "lock screen" not in str(page.evaluate("JSON.stringify(window.alerts)"))

    page.evaluate("window.setVisible(true)")
    bell.shows(3)
    assert alerts() == ["Critical: Away"]


def test_a_hidden_tab_without_alerts_does_not_poll(application: Application) -> None:
    def prepare(page: Page) -> None:
        page.clock.install()
        page.add_init_script(VISIBILITY)

    bell: Bell = application.open(prepare)
    bell.page.evaluate("window.setVisible(false)")
    del application.asking[:]
    bell.page.clock.run_for(10 * OVER_A_MINUTE)
    application.person.notify("report.ready", "Waiting")
    assert application.asking == []
    bell.page.evaluate("window.setVisible(true)")
    bell.shows(1)
