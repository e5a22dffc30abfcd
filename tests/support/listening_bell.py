"""A bell that hears hints, in a real browser, and how long it takes until it shows a notification."""

import random
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Self

from playwright.sync_api import Page, WebSocket
from playwright.sync_api import TimeoutError as NoChange

from carillon.live.coalesce import SECONDS
from tests.e2e.conftest import Stack
from tests.support.bell_page import Application
from tests.support.browser import browser
from tests.support.story_people import Person

WITHIN_SECONDS = 10.0
WARM_UPS = 6
APART_SECONDS = SECONDS + 0.1  # the bell shows a notification after its hint left, so this is on the safe side
CHANNELS = 2  # a person's own, and the common one

# Notes when the bell's number changes. The clock is that of this machine, as in Python.
OBSERVE = """
    const root = document.querySelector("carillon-bell").shadowRoot;
    window.changes = [];
    new MutationObserver(() => {
        const label = root.querySelector("button").getAttribute("aria-label");
        if (label !== window.changes.at(-1)?.label) window.changes.push({ label, at: Date.now() });
    }).observe(root, { subtree: true, attributes: true, attributeFilter: ["aria-label"] });
"""


@dataclass(frozen=True, slots=True)
class Waits:
    """The time that people waited for a notification: from the answer 201 until the bell showed it. In seconds.

    A bell whose hint was dropped would show it at its next poll. It counts as infinite.
    """

    count: int
    p50: float
    p95: float
    p99: float
    longest: float

    @classmethod
    def of(cls, samples: Sequence[float]) -> Self:
        """Return the percentiles of at least one sample."""
        ordered = sorted(samples)

        def at(percent: int) -> float:
            return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]

        return cls(len(ordered), at(50), at(95), at(99), ordered[-1])

    def __str__(self) -> str:
        return (
            f"{self.count} tries: p50 {self.p50:.2f} s, p95 {self.p95:.2f} s, p99 {self.p99:.2f} s, "
            f"at most {self.longest:.2f} s"
        )


class ListeningBell:
    """A person who looks at a bell that hears hints."""

    def __init__(self, application: Application) -> None:
        self._person = application.person
        self._unread = 0
        self._heard: list[str] = []
        self._bell = application.open(self._watch)
        self._page = self._bell.page
        self._page.evaluate(OBSERVE)
        deadline = time.monotonic() + 2 * WITHIN_SECONDS
        while sum('"subscribe_success"' in frame for frame in self._heard) < CHANNELS:
            assert time.monotonic() < deadline, f"the bell has no subscriptions: {self._heard}"
            self._page.wait_for_timeout(20)  # Playwright delivers what it has heard
        self.warm_up()

    def warm_up(self) -> None:
        """Notify the person until a hint arrives: the first ones meet cold starts, and may be dropped."""
        for _ in range(WARM_UPS):
            if self.wait() < WITHIN_SECONDS:
                return
        raise AssertionError("no hint arrives")

    def wait(self) -> float:
        """Notify the person. Return the seconds until the bell showed it after the answer; infinity without a hint."""
        self._person.notify("report.ready", f"Report {self._unread}")
        answered = time.time()
        self._unread += 1
        label = f"Notifications, {self._unread} unread"
        change = f"window.changes.find(({{ label }}) => label === {label!r})?.at"
        try:
            return self._page.wait_for_function(change, timeout=WITHIN_SECONDS * 1000).json_value() / 1000 - answered
        except NoChange:
            self._bell.refresh()
            self._page.wait_for_function(change)
            return float("inf")

    def _watch(self, page: Page) -> None:
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda payload: self._heard.append(str(payload)))


@contextmanager
def listening_bells(stack: Stack, people: int) -> Generator[list[ListeningBell]]:
    """Open a browser for each of several people, and yield their bells when they hear hints."""
    with browser() as chromium, ExitStack() as contexts:
        bells: list[ListeningBell] = []
        for _ in range(people):
            context = chromium.new_context(viewport={"width": 800, "height": 740})
            contexts.callback(context.close)
            bells.append(ListeningBell(Application(stack, context, Person(stack))))
        yield bells


def measure(bells: Sequence[ListeningBell], tries: int) -> Waits:
    """Notify people in turn, each when their hints of before are over. Return how long they waited."""
    chance = random.Random(1)
    samples: list[float] = []
    rested = dict.fromkeys(bells, time.monotonic())
    for number in range(tries):
        bell = bells[number % len(bells)]
        # The next notification comes at no fixed moment of a bell, and never within the second of the last hint.
        pause = chance.uniform(0.05, 0.15)
        time.sleep(max(pause, rested[bell] + APART_SECONDS + pause - time.monotonic()))
        samples.append(bell.wait())
        rested[bell] = time.monotonic()
    return Waits.of(samples)
