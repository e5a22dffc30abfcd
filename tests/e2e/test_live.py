"""Live hints on the devstack: who hears them, and who may not listen."""

import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.support.listener import Listener, Refused, listening


@pytest.fixture
def person() -> str:
    return f"listener-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def live(stack: Stack, person: str) -> dict[str, Any]:
    return live_of(stack, person)


@pytest.fixture
def listener(stack: Stack, person: str, live: dict[str, Any]) -> Iterator[Listener]:
    with listening(live, stack.token(person)) as connected:
        for channel in live["channels"]:
            connected.subscribe(channel["name"])
        yield connected


def live_of(stack: Stack, person: str) -> dict[str, Any]:
    return stack.request("GET", "/notifications", stack.token(person)).body["live"]


def notify(stack: Stack, person: str, **more: Any) -> str:
    body = {"user_id": person, "event_name": "report.ready", "title": "A report is ready"} | more
    answer = stack.request("POST", "/notifications", stack.producer_token(), body)
    assert answer.status == 201, answer.body
    return answer.body["notification"]["id"]


def test_a_new_notification_reaches_an_open_bell_as_a_hint(stack: Stack, person: str, listener: Listener) -> None:
    notify(stack, person)
    assert listener.hint()["event"] == "{}"


def test_reading_and_retracting_reach_the_other_bells_of_the_person(
    stack: Stack, person: str, listener: Listener
) -> None:
    notification = notify(stack, person)
    listener.hint()
    time.sleep(1)  # hints to one person are a second apart
    stack.request("PATCH", f"/notifications/{notification}", stack.token(person), {"read": True})
    listener.hint()
    time.sleep(1)
    stack.request("DELETE", f"/notifications/{notification}", stack.producer_token())
    listener.hint()


def test_a_scheduled_notification_is_hinted_when_it_shows(stack: Stack, person: str, listener: Listener) -> None:
    shows_at = time.time() + 3
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(shows_at))
    notify(stack, person, send_at=moment)
    listener.hint()
    assert time.time() >= int(shows_at)
    assert stack.request("GET", "/notifications", stack.token(person)).body["unread_count"] == 1


@pytest.mark.parametrize("channel", ["another's", "/hints/*", "/hints/person/*", "/hints/person", "/other/all"])
def test_a_person_hears_only_their_own_channel_and_the_common_one(
    stack: Stack, listener: Listener, channel: str
) -> None:
    name = live_of(stack, "somebody-else")["channels"][0]["name"] if channel == "another's" else channel
    with pytest.raises(Refused):
        listener.subscribe(name)


def test_a_person_cannot_publish(live: dict[str, Any], listener: Listener) -> None:
    for channel in live["channels"]:
        with pytest.raises(Refused):
            listener.publish(channel["name"])


def test_only_a_valid_token_connects(stack: Stack, person: str, live: dict[str, Any]) -> None:
    for token in (stack.token(person, expires_in=0), stack.token(person)[:-4] + "AAAA", "none"):
        with pytest.raises(Refused), listening(live, token):
            pass
