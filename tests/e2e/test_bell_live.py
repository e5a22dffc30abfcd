"""The bell hears hints: how long a person waits for the number after a notification was recorded."""

from tests.e2e.conftest import Stack
from tests.support.bell_page import Application
from tests.support.browser import browser
from tests.support.listening_bell import listening_bells, measure
from tests.support.story_people import Person

TRIES, PEOPLE = 200, 4
ROUNDS = 3  # a machine that pauses for a second in one round rarely does so in each of three
LIMIT_SECONDS = 1.0  # for 99 of 100 tries; the devstack's poll alone takes up to five


def test_a_new_notification_shows_within_a_second(stack: Stack) -> None:
    waits = None
    with listening_bells(stack, PEOPLE) as bells:
        for _ in range(ROUNDS - 1):
            if (waits := measure(bells, TRIES)).p99 < LIMIT_SECONDS:
                return
            print(waits)
        waits = measure(bells, TRIES)
    assert waits.p99 < LIMIT_SECONDS, waits


def test_a_page_that_does_not_serve_the_client_of_hints_polls(stack: Stack) -> None:
    with browser() as chromium:
        context = chromium.new_context()
        application = Application(stack, context, Person(stack))
        context.route("**/carillon-live.js", lambda route: route.fulfill(status=404))
        bell = application.open()
        application.person.notify("report.ready", "Polled")
        bell.shows(1)
        context.close()
