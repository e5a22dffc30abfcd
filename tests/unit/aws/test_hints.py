"""Handing hints to the queue: only hashes leave, and a queue that refuses or hangs costs a bounded time."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from carillon.aws.hints import AHEAD_SECONDS, IMPATIENT_SECONDS, Hints, seconds_until
from carillon.live.names import hash_person
from carillon.settings.live import HintSettings

BUDGET_SECONDS = 0.2
SETTINGS = HintSettings(hints_queue_url="q", live_key=SecretStr("key"), hint_budget_seconds=BUDGET_SECONDS)


class Sqs:
    """A queue that accepts, refuses, or does not answer until `released`."""

    def __init__(self, behaviour: str = "accepts") -> None:
        self.behaviour = behaviour
        self.released = threading.Event()
        self.sent: list[dict[str, Any]] = []
        self.arrived = threading.Semaphore(0)

    def send_message(self, **message: Any) -> None:
        if self.behaviour == "hangs":
            self.released.wait(30)
        if self.behaviour == "refuses":
            raise ConnectionError
        self.sent.append(message)
        self.arrived.release()

    def close(self) -> None:
        """Close the connections, as a client of botocore does."""


@pytest.fixture
def hanging() -> Iterator[Sqs]:
    sqs = Sqs("hangs")
    yield sqs
    sqs.released.set()


def test_only_the_hashes_of_people_are_in_the_message() -> None:
    sqs = Sqs()
    Hints(SETTINGS, sqs).send(["alice", "bob"], delay_seconds=7)
    [message] = sqs.sent
    assert (message["QueueUrl"], message["DelaySeconds"]) == ("q", 7)
    assert json.loads(message["MessageBody"]) == {"people": [hash_person("key", each) for each in ("alice", "bob")]}
    assert "alice" not in message["MessageBody"]


def test_a_thousand_people_are_one_small_message_and_more_are_several() -> None:
    sqs = Sqs()
    Hints(SETTINGS, sqs).send([f"p{number}" for number in range(2500)])
    assert sorted(len(json.loads(each["MessageBody"])["people"]) for each in sqs.sent) == [500, 1000, 1000]
    assert max(len(each["MessageBody"]) for each in sqs.sent) < 256 * 1024


def test_a_refused_hint_is_dropped_and_logged(logs: Any) -> None:
    Hints(SETTINGS, Sqs("refuses")).send(["alice"])
    assert "hint_dropped" in logs.getvalue()
    assert "ConnectionError" in logs.getvalue()
    assert "alice" not in logs.getvalue()


def test_a_queue_that_hangs_costs_its_budget_once_and_then_nothing_for_a_while(
    hanging: Sqs, logs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hints, now = Hints(SETTINGS, hanging), time.time()
    monkeypatch.setattr(time, "time", lambda: now)

    def seconds_of_a_request() -> float:
        started = time.monotonic()
        hints.send(["alice"])
        return time.monotonic() - started

    assert BUDGET_SECONDS <= seconds_of_a_request() < BUDGET_SECONDS + 1
    waits = [seconds_of_a_request() for _ in range(4)]  # more than there are threads
    assert max(waits) < BUDGET_SECONDS
    now += IMPATIENT_SECONDS
    assert BUDGET_SECONDS <= seconds_of_a_request() < BUDGET_SECONDS + 1
    assert logs.getvalue().count("hint_dropped") == 5, "one of the six waits in the second thread"


def test_a_hint_that_no_request_waits_for_is_sent(hanging: Sqs) -> None:
    hints = Hints(SETTINGS, hanging)
    hints.send(["alice"])
    hanging.behaviour = "accepts"
    hints.send(["bob"])
    hanging.arrived.acquire(timeout=10)
    [message] = hanging.sent
    assert json.loads(message["MessageBody"]) == {"people": [hash_person("key", "bob")]}


def test_the_first_client_does_not_take_the_hints_time(monkeypatch: pytest.MonkeyPatch, logs: Any) -> None:
    sqs = Sqs()

    def make_slowly(_service: str, **_options: Any) -> Sqs:
        time.sleep(2 * BUDGET_SECONDS)
        return sqs

    monkeypatch.setattr("carillon.aws.hints.client", make_slowly)
    Hints(SETTINGS).send(["alice"])
    assert sqs.sent
    assert "hint_dropped" not in logs.getvalue()


def test_the_time_of_the_body_counts(hanging: Sqs) -> None:
    started = time.monotonic()
    with Hints(SETTINGS, hanging).sending(["alice"]):
        threading.Event().wait(2 * BUDGET_SECONDS)
    assert time.monotonic() - started < 2 * BUDGET_SECONDS + 0.15


def test_the_error_of_the_body_is_not_hidden() -> None:
    sqs = Sqs()
    with pytest.raises(LookupError), Hints(SETTINGS, sqs).sending(["alice"]):
        raise LookupError
    assert sqs.sent


def test_without_a_queue_nothing_happens() -> None:
    hints = Hints(HintSettings())
    hints.send(["alice"])
    assert not hints.enabled


def test_nobody_is_no_message() -> None:
    sqs = Sqs()
    Hints(SETTINGS, sqs).send([])
    assert not sqs.sent


def test_a_queue_needs_the_key() -> None:
    with pytest.raises(ValidationError):
        HintSettings(hints_queue_url="q")


def test_a_hint_about_a_later_moment_waits_in_the_queue_or_is_the_reapers() -> None:
    now = datetime.now(UTC)
    assert seconds_until(None) == seconds_until(now - timedelta(seconds=9)) == 0
    soon = seconds_until(now + timedelta(seconds=30))
    assert soon is not None
    assert 29 <= soon <= 31
    assert seconds_until(now + timedelta(seconds=AHEAD_SECONDS + 60)) is None
