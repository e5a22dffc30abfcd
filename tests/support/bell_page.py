"""A page of an application that loads only `bell.js`, and the person who looks at it."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.e2e.conftest import Stack
from tests.support.story_people import Person

SOON = 20_000  # milliseconds; on a busy machine, a worker's first answer is slow
HTML = """<!doctype html>
<html lang="en">
  <meta name="viewport" content="width=device-width">
  <title>An application</title>
  <script type="module" src="/bell.js"></script>
  <body>
    <main><h1>An application</h1><p>Its page.</p></main>
    <carillon-bell api-url="{api}" token-url="{token_url}"></carillon-bell>
  </body>
</html>"""


@dataclass
class Application:
    """An application with a signed-in person. Its page is on the demo page's origin, which the API allows."""

    stack: Stack
    context: BrowserContext
    person: Person
    expires_in: int = 3600
    page: str = HTML
    tokens: list[str] = field(default_factory=list[str])
    asking: list[Page] = field(default_factory=list[Page])  # the tab of each request for the list

    def __post_init__(self) -> None:
        origin, user = self.stack.data["demo_url"], self.person.user_id
        self.address = f"{origin}/application-of-{user}"
        token_url = f"/token-of-{user}"
        html = self.page.format(api=self.stack.data["api_url"], token_url=token_url)
        # No server sent this page, so Chromium counts it to no network. Without the permission it cannot reach the API.
        self.context.grant_permissions(["local-network-access"])
        self.context.route(self.address, lambda route: route.fulfill(body=html, content_type="text/html"))
        self.context.route(origin + token_url, self._token)
        self.context.on("request", self._note)

    def open(self, prepare: Callable[[Page], None] = lambda page: None) -> "Bell":
        """Open the application in a new tab, and return its bell when it shows its number."""
        page = self.context.new_page()
        prepare(page)
        with page.expect_response(re.compile(r"/notifications\?")):
            page.goto(self.address)
        bell = Bell(page)
        bell.shows(self.person.unread())
        return bell

    def _token(self, route: Route) -> None:
        token = self.stack.token(self.person.user_id, expires_in=self.expires_in)
        self.tokens.append(token)
        route.fulfill(body=json.dumps({"token": token, "expires_in": self.expires_in}), content_type="application/json")

    def _note(self, request: Any) -> None:
        if re.search(r"/notifications(\?|$)", request.url) and request.method == "GET":
            self.asking.append(request.frame.page)


@dataclass
class Bell:
    """The bell in one tab, found by role and name."""

    page: Page

    @property
    def button(self) -> Locator:
        """The button that opens and closes the panel."""
        return self.page.get_by_role("button", name=re.compile(r"^Notifications(,|$)"))

    @property
    def panel(self) -> Locator:
        """The panel of the bell."""
        return self.page.get_by_role("dialog")

    def items(self, title: str = "") -> Locator:
        """Return the listed notifications, or those with a title. Announcements are outside of the list."""
        return self.panel.get_by_role("listitem").filter(has_text=title)

    def ring(self) -> None:
        """Open or close the panel."""
        self.button.click()

    def act(self, name: str, title: str = "") -> None:
        """Press a button of the panel, or of one notification."""
        within = self.items(title) if title else self.panel
        within.get_by_role("button", name=name, exact=True).click()

    def refresh(self) -> None:
        """Make the bell load the list now."""
        self.page.evaluate("document.querySelector('carillon-bell').refresh()")

    def shows(self, unread: int) -> None:
        """Wait until the bell shows this number."""
        name = f"Notifications, {unread if unread < 100 else '99+'} unread" if unread else "Notifications"
        expect(self.page.get_by_role("button", name=name, exact=True)).to_be_visible(timeout=SOON)
