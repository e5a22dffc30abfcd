"""The bell on difficult pages: enlarged, without a doctype, with styles of their own, in a small window."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import Stack
from tests.support.bell_page import HTML, SOON, Application
from tests.support.browser import browser
from tests.support.story_people import Person

CORNER = "carillon-bell {{ position: fixed; bottom: 0; right: 0 }}"  # double braces, because it goes through format()
LOUD = "body {{ white-space: nowrap; text-transform: uppercase; letter-spacing: 3px; text-indent: 2em }}"
TEXT = (
    "It was charged twice, and the second charge was refused by the bank. Nothing is lost; try again with another card."
)
PANEL = "document.querySelector('carillon-bell').shadowRoot.querySelector('.carillon-panel')"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


def styled(css: str) -> str:
    return HTML.replace("<body>", f"<style>{css}</style><body>")


@pytest.mark.parametrize(
    ("page", "size"),
    [
        (styled("body {{ zoom: 2 }}"), (1000, 700)),
        (styled("html {{ zoom: 1.5 }}" + CORNER), (1000, 700)),
        (styled(CORNER).replace("<!doctype html>", ""), (1000, 700)),
        (styled(LOUD), (1000, 700)),
        (styled(""), (640, 360)),  # 1280 x 720 at 200 %
        (styled("html {{ direction: rtl }}"), (320, 640)),
    ],
    ids=["zoom", "zoom in a corner", "no doctype", "loud text", "200 %", "320 px, right to left"],
)
def test_the_whole_panel_is_in_the_window_and_can_be_read(
    stack: Stack, chromium: Browser, page: str, size: tuple[int, int]
) -> None:
    width, height = size
    context = chromium.new_context(viewport={"width": width, "height": height})
    application = Application(stack, context, Person(stack), page=page)
    application.person.notify("report.ready", "Short", body="It is ready.")
    for number in range(8):
        application.person.notify("report.ready", f"A payment failed {number}", body=TEXT * 2)
    bell = application.open()
    bell.ring()
    expect(bell.items("Short")).to_be_attached(timeout=SOON)
    box = bell.panel.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= height
    assert bell.page.evaluate(f"{PANEL}.scrollWidth <= {PANEL}.clientWidth"), "the panel overflows sideways"
    assert bell.page.evaluate(f"getComputedStyle({PANEL}.querySelector('h2')).textTransform") == "none"
    # A text that is cut off has a button that shows all of it; a short text has none.
    bell.act("Show more", "A payment failed 7")
    expect(bell.items("A payment failed 7").get_by_role("button", name="Show less")).to_be_visible()
    expect(bell.items("Short").get_by_role("button", name="Show more")).to_have_count(0)
    bell.act("Archive", "A payment failed 7")
    undo = bell.panel.get_by_role("button", name="Undo")
    expect(undo).to_be_in_viewport(ratio=1)
    context.close()


@pytest.mark.parametrize(
    ("language", "heading", "archive", "direction"),
    [("fr", "Notifications", "Archiver", "ltr"), ("ar", "الإشعارات", "أرشفة", "rtl")],
)
def test_a_page_in_another_language_has_a_bell_in_it(
    stack: Stack, chromium: Browser, language: str, heading: str, archive: str, direction: str
) -> None:
    context = chromium.new_context()
    page = HTML.replace('lang="en"', f'lang="{language}" dir="{direction}"')
    application = Application(stack, context, Person(stack), page=page)
    application.person.notify("report.ready", "1,204 lines")
    tab = context.new_page()
    tab.goto(application.address)
    tab.get_by_role("button", name=heading).click(timeout=SOON)
    panel = tab.get_by_role("dialog", name=heading)
    row = panel.get_by_role("listitem").filter(has_text="1,204 lines")
    expect(row.get_by_role("button", name=archive, exact=True)).to_be_attached(timeout=SOON)
    assert panel.evaluate("panel => getComputedStyle(panel).direction") == direction
    # The text of a producer has the direction of its own letters.
    title = row.get_by_text("1,204 lines").first
    assert title.evaluate("text => getComputedStyle(text).unicodeBidi") == "plaintext"
    context.close()
