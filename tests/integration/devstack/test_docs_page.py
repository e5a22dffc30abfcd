"""The page with the API's documentation, in a browser: it shows the document, and asks no other site."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request, Response

from demo import reference
from devstack.machine.options import HOST
from devstack.machine.web import Site
from tests.support.browser import browser

API = "http://127.0.0.1:9"


@pytest.fixture
def address() -> Iterator[str]:
    def answer(request: Request) -> Response:
        return reference.page(request.path, API) or NotFound().get_response()

    site = Site(0, answer)
    yield f"http://{HOST}:{site.port}"
    site.stop()


@pytest.fixture
def page() -> Iterator[Page]:
    with browser() as started:
        yield started.new_page()


def test_the_page_shows_the_document_and_asks_no_other_site(address: str, page: Page) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"{address}/docs#/notifications/notifications.create")

    expect(page.get_by_role("heading", name="Carillon")).to_be_visible()
    expect(page.get_by_text("Record a notification", exact=True)).to_be_visible()
    expect(page.get_by_text("SaaS operations: a payment failed").first).to_be_attached()
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
    assert complaints == []


def test_the_document_of_the_page_names_the_devstack(address: str, page: Page) -> None:
    answer = page.goto(f"{address}/docs/openapi.json")
    assert answer is not None
    assert answer.json()["servers"] == [{"url": API}]
