"""A visitor with a browser. It finds elements by role and name, and counts the clicks."""

import os
import re
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

# Without network access, the browser's own requests would only wait.
QUIET = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
NAMES = ("chromium", "chromium-browser", "google-chrome")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"

Role = Literal["button", "radio", "tab", "link"]


def chromium() -> str:
    """Return the path of Chromium or Chrome: `CARILLON_CHROMIUM`, or the first that is installed."""
    found = os.environ.get("CARILLON_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    found = found or (MAC if Path(MAC).exists() else None)
    if found is None:
        pytest.fail(
            "No Chromium: `apt install chromium`, or name one: CARILLON_CHROMIUM=/path/to/chrome", pytrace=False
        )
    return found


@contextmanager
def browser() -> Generator[Browser]:
    """Start a headless browser with an empty profile."""
    as_root = ("--no-sandbox",) if os.geteuid() == 0 else ()  # Chromium refuses to run as root without it
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=[*QUIET, *as_root])
        yield launched
        launched.close()


@dataclass
class Visitor:
    """A visitor of one page. Tests read `page`, but act through this class."""

    page: Page
    clicks: int = 0

    def press(
        self, role: Role, name: str | re.Pattern[str], within: Locator | None = None, *, within_seconds: float = 20
    ) -> None:
        """Wait for the first element with this role and `name` in its name, and click it."""
        self.clicks += 1
        found = (within or self.page).get_by_role(role, name=name).first
        found.click(timeout=within_seconds * 1000)

    def part(self, name: str) -> Locator:
        """Return the part of the page with this heading."""
        return self.page.get_by_role("region", name=name)

    def sees(self, where: Locator, words: str | re.Pattern[str], *, within_seconds: float) -> None:
        """Wait until the part shows this text."""
        expect(where.get_by_text(words).first).to_be_visible(timeout=within_seconds * 1000)


def problems(results: Any) -> list[str]:
    """Return the problems that axe finds, each with its elements."""
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]
