"""The bell in a page of one's own, as docs/devstack.md describes it: from a static server and from a fresh Vite."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from devstack.machine.origins import USUAL
from tests.e2e.conftest import Stack
from tests.support.bell_page import SOON, Bell
from tests.support.browser import browser
from tests.support.environment import free_port
from tests.support.paths import ROOT
from tests.support.story_people import Person

DOCUMENTATION = (ROOT / "docs" / "devstack.md").read_text()
SECTION = DOCUMENTATION.split("## The bell in your own page\n")[1].split("\n## ")[0]
[HTML] = re.findall(r"```html\n(.*?)```", SECTION, re.DOTALL)
STATIC_SERVER, VITE, MAKE_RUN = re.findall(r"```sh\n(.*?)\n```", SECTION, re.DOTALL)
RECIPE = (ROOT / "docs" / "recipes" / "page" / "index.html").read_text()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as launched:
        yield launched


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page()
    yield page
    page.close()


def put_page(stack: Stack, folder: Path, html: str, user: str) -> None:
    """Write a page of the documentation, with the ports of this devstack in place of the usual ones."""
    addresses = {"http://127.0.0.1:8760": stack.data["api_url"], "http://127.0.0.1:8761": stack.data["demo_url"]}
    for usual, own in addresses.items():
        assert usual in html
        html = html.replace(usual, own)
    assert "user=alice" in html
    (folder / "index.html").write_text(html.replace("user=alice", f"user={user}"))


@contextmanager
def serving(command: str, folder: Path) -> Generator[str]:
    """Run a development server of the documentation, and yield the address that it prints."""
    log = folder / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            ["bash", "-c", f"exec {command}"],
            cwd=folder,
            env=os.environ | {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # npx starts the server as a child, and does not end it
        )
    try:
        while not (address := re.search(r"http://[\w.]+:\d+", log.read_text())):
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)  # poll, because a server says only with its output that it listens
        yield address[0]
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def free_usual_port() -> str:
    """Return a port that the devstack allows without a choice, and that is free now."""
    for port in {int(origin.rpartition(":")[2]) for origin in USUAL}:
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return str(port)
    pytest.fail("All the usual ports are in use.")


def sees_and_marks(page: Page, address: str, person: Person) -> None:
    """Open the page. Its bell shows the person's only notification, and marks it as read."""
    page.goto(address)
    bell = Bell(page)
    bell.shows(1)
    bell.ring()
    expect(bell.items("The report is ready")).to_be_visible(timeout=SOON)
    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        bell.act("Mark as read", "The report is ready")
    bell.shows(0)
    assert person.unread() == 0


@pytest.fixture
def person(stack: Stack) -> Person:
    person = Person(stack)
    person.notify("report.ready", "The report is ready")
    return person


@pytest.mark.parametrize("html", [HTML, RECIPE], ids=["the documentation's page", "the recipe"])
def test_a_bare_page_has_the_bell(stack: Stack, page: Page, person: Person, tmp_path: Path, html: str) -> None:
    put_page(stack, tmp_path, html, person.user_id)
    assert "8000" in STATIC_SERVER
    with serving(STATIC_SERVER.replace("8000", free_usual_port()), tmp_path) as address:
        sees_and_marks(page, address, person)


def test_the_recipe_opened_as_a_file_leads_to_where_the_devstack_serves_it(
    stack: Stack, page: Page, person: Person, tmp_path: Path
) -> None:
    put_page(stack, tmp_path, RECIPE, person.user_id)
    page.goto(f"file://{tmp_path / 'index.html'}")
    page.wait_for_url(f"{stack.data['demo_url']}/page", timeout=SOON)
    Bell(page).ring()
    expect(page.get_by_role("tab", name="Unread")).to_be_visible(timeout=SOON)


def test_the_recipe_opened_as_a_file_without_a_devstack_says_so(page: Page, tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "index.html").write_text(RECIPE.replace(":8760", f":{port}").replace(":8761", f":{port}"))
    page.goto(f"file://{tmp_path / 'index.html'}")
    expect(page.get_by_text("no devstack answers")).to_be_visible(timeout=SOON)


def test_a_fresh_vite_application_has_the_bell(stack: Stack, page: Page, person: Person, tmp_path: Path) -> None:
    put_page(stack, tmp_path, HTML, person.user_id)
    (tmp_path / "node_modules" / ".bin").mkdir(parents=True)
    (tmp_path / "node_modules" / "vite").symlink_to(ROOT / "web" / "node_modules" / "vite")
    (tmp_path / "node_modules" / ".bin" / "vite").symlink_to("../vite/bin/vite.js")
    with serving(VITE, tmp_path) as address:
        sees_and_marks(page, address, person)


def test_the_printed_lines_are_those_of_the_documentation(stack: Stack) -> None:
    printed = stack.printed().replace(stack.data["api_url"], "http://127.0.0.1:8760")
    lines = printed.replace(stack.data["demo_url"], "http://127.0.0.1:8761").splitlines()
    shown = [line for line in HTML.splitlines() if line.startswith(("<script", "<carillon-bell"))]
    assert len(shown) == 2
    assert lines[lines.index(shown[0]) + 1] == shown[1]
    assert any("make run origins=" in line for line in lines)
    assert "make run origins=" in MAKE_RUN


def test_a_refused_origin_is_told_in_the_console(stack: Stack, page: Page, person: Person, tmp_path: Path) -> None:
    put_page(stack, tmp_path, HTML, person.user_id)

    def explains(message: ConsoleMessage) -> bool:
        return message.text.startswith("Carillon: ")

    with serving(f"python3 -m http.server {free_port()} --bind 127.0.0.1", tmp_path) as address:
        with page.expect_console_message(explains, timeout=SOON) as said:
            page.goto(address)
        assert said.value.text.endswith(f"make run origins={address}")
        assert f"not to pages of {address} (CORS)" in said.value.text
    with page.expect_console_message(explains, timeout=SOON) as said:
        page.goto(f"file://{tmp_path / 'index.html'}")
    assert "Serve this page over http" in said.value.text
