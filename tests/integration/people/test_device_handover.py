"""A phone that changes hands never shows the old owner's push, whatever a worker holds and whenever it publishes."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import UUID

import boto3
import pytest

from carillon.errors import Unavailable
from carillon.people import devices, handover
from tests.support.flow import Flow
from tests.support.lock_waits import wait_for_lock_waiter
from tests.support.phones import TOKEN, Phones
from tests.support.sns import name_endpoints_after_their_tokens


@pytest.fixture(params=["another name", "the same name"])
def phones(request: pytest.FixtureRequest, aws: boto3.Session, flow: Flow, monkeypatch: pytest.MonkeyPatch) -> Phones:
    """Alice has the phone; a phone that registers again gets an endpoint of another name, or of the same."""
    if request.param == "the same name":
        name_endpoints_after_their_tokens(monkeypatch)
    made = Phones(flow)
    made.wants_push("alice", "bob")
    made.register("alice")
    return made


class Worker:
    """A worker that has claimed a push and stands before SNS until it is told to go on."""

    def __init__(self, phones: Phones, pool: ThreadPoolExecutor, delivery_id: UUID) -> None:
        self._arrived, self._go = threading.Event(), threading.Event()
        phones.sns.before["publish"] = self._stand
        self.running = pool.submit(phones.push, delivery_id)
        assert self._arrived.wait(10)

    def _stand(self) -> None:
        self._arrived.set()
        assert self._go.wait(10)

    def publish(self) -> dict[str, int]:
        self._go.set()
        return {**self.running.result(10).counts}


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as made:
        yield made


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> threading.Semaphore:
    """Released each time somebody waits for a push under way."""
    seen = threading.Semaphore(0)

    class Time:
        monotonic = staticmethod(handover.time.monotonic)

        @staticmethod
        def sleep(seconds: float) -> None:
            seen.release()
            handover_time.sleep(seconds)

    handover_time = handover.time
    monkeypatch.setattr(handover, "time", Time)
    return seen


def take_away(phones: Phones, way: str) -> None:
    """Each way in which Alice loses the phone, and Bob gets it."""
    if way == "remove":
        phones.remove("alice", phones.rows()[0]["id"])
    elif way == "erase":
        phones.erase("alice")
    elif way == "forget":
        phones.flow.db.execute("UPDATE devices SET seen_at = now() - interval '271 days'")
        devices.forget_silent(phones.flow.database(), lambda: phones.endpoints, 270)
    phones.register("bob")


WAYS = ["take", "remove", "erase", "forget"]


@pytest.mark.parametrize("way", WAYS)
def test_a_push_claimed_before_and_published_after_reaches_nobody(
    phones: Phones, pool: ThreadPoolExecutor, waited: threading.Semaphore, way: str
) -> None:
    [row] = phones.rows()
    delivery_id = phones.notify("alice")
    worker = Worker(phones, pool, delivery_id)
    moving = pool.submit(take_away, phones, way)
    assert waited.acquire(timeout=10)  # Bob waits for it: he has no answer, and no phone
    assert not moving.done()
    assert "bob" not in [each["user_id"] for each in phones.rows()]
    assert worker.publish() == {"gone": 1}
    moving.result(10)

    assert phones.shown_to() == []
    if way != "erase":
        delivery = phones.flow.row(delivery_id)
        assert (delivery["status"], delivery["error_code"]) == ("failed", "endpoint_not_found")
    [after] = phones.rows()
    assert (after["user_id"], after["enabled"]) == ("bob", True)
    assert after["id"] != row["id"]
    assert phones.alive(after["endpoint_arn"])
    assert phones.push(phones.notify("bob")).counts == {"sent": 1}
    assert phones.shown_to() == ["bob"]


def test_the_names_are_what_the_parameters_say(phones: Phones, request: pytest.FixtureRequest) -> None:
    before = phones.rows()[0]["endpoint_arn"]
    phones.register("bob")
    assert (phones.rows()[0]["endpoint_arn"] == before) == ("the same name" in request.node.name)


def test_nobody_waits_where_nothing_is_under_way(
    phones: Phones, pool: ThreadPoolExecutor, waited: threading.Semaphore
) -> None:
    """What was sent, what is to be sent, and another's push hold nobody up."""
    phones.register("bob", "another-phone")
    phones.push(phones.notify("alice"))
    later = phones.notify("alice")
    worker = Worker(phones, pool, phones.notify("bob"))
    phones.sns.calls.clear()
    phones.register("bob")
    assert phones.sns.calls == [
        "delete_endpoint",
        "create_platform_endpoint",
        "set_endpoint_attributes",
        "set_endpoint_attributes",
    ]
    assert not waited.acquire(blocking=False)
    assert worker.publish() == {"sent": 1}
    assert phones.push(later).counts == {"skipped": 1}  # no device is left
    assert phones.shown_to() == ["alice"]


def test_a_push_that_never_ends_is_waited_for_no_longer_than_its_worker_can_live(
    phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its worker was killed. Who asks meanwhile is told to ask again, and Alice has lost the phone already."""
    delivery_id = phones.notify("alice")
    phones.flow.set(delivery_id, "status = 'sending', locked_at = now() - interval '29 seconds', attempts = 1")
    monkeypatch.setattr(handover, "PUSH_WAIT_SECONDS", 0)
    with pytest.raises(Unavailable) as refused:
        phones.register("bob")
    assert refused.value.details == [{"service": "deliver", "error": "push_under_way"}]
    [row] = phones.rows()
    assert (row["user_id"], row["enabled"]) == ("alice", False)
    assert not phones.alive(row["endpoint_arn"])

    phones.flow.set(delivery_id, "locked_at = now() - interval '31 seconds'")
    phones.register("bob")
    [row] = phones.rows()
    assert (row["user_id"], phones.alive(row["endpoint_arn"])) == ("bob", True)


@pytest.mark.parametrize("way", WAYS)
def test_a_claim_that_nobody_can_see_yet_is_waited_for_too(
    phones: Phones, pool: ThreadPoolExecutor, waited: threading.Semaphore, way: str
) -> None:
    """It has read the endpoint and is not committed: the row is locked, and what comes after the lock sees it."""
    delivery_id = phones.notify("alice")
    with phones.flow.connection() as claiming, claiming.transaction():
        claimed = claim(claiming, delivery_id, phones.flow)
        assert claimed["devices"][0]["endpoint_arn"] == phones.rows()[0]["endpoint_arn"]
        moving: Future[None] = pool.submit(take_away, phones, way)
        wait_for_lock_waiter(phones.flow, moving)
    # The look before could not see it, the one under the lock does: whoever asked waits, or is told to ask again.
    if way == "erase":
        assert isinstance(moving.exception(10), Unavailable)
        moving = pool.submit(take_away, phones, way)
    assert waited.acquire(timeout=10)
    assert not moving.done()
    finish(phones.flow, delivery_id)
    moving.result(10)
    [row] = phones.rows()
    assert (row["user_id"], phones.alive(row["endpoint_arn"])) == ("bob", True)


def test_a_phone_that_is_registered_and_pushed_to_at_the_very_moment_is_not_overwritten(
    phones: Phones, pool: ThreadPoolExecutor, waited: threading.Semaphore
) -> None:
    """Bob saw no row; by the time that he stores one, there is Alice's, and a worker holds its endpoint."""
    delivery_id = phones.notify("alice")
    phones.remove("alice", phones.rows()[0]["id"])
    arn = phones.endpoints.create("fcm", TOKEN)
    with phones.flow.connection() as other, other.transaction():
        other.execute("SELECT FROM put_device(gen_random_uuid(), 'alice', 'fcm', %s, %s)", [TOKEN, arn])
        assert claim(other, delivery_id, phones.flow)["devices"][0]["endpoint_arn"] == arn
        moving = pool.submit(phones.register, "bob")
        wait_for_lock_waiter(phones.flow, moving)
    assert waited.acquire(timeout=10)
    assert not moving.done()
    assert "bob" not in [each["user_id"] for each in phones.rows()]
    finish(phones.flow, delivery_id)
    moving.result(10)
    [row] = phones.rows()
    assert (row["user_id"], phones.alive(row["endpoint_arn"])) == ("bob", True)


def claim(connection: Any, delivery_id: UUID, flow: Flow) -> dict[str, Any]:
    [row] = connection.execute(
        "SELECT claim(%s, %s, %s, '0') AS answer",
        [[delivery_id], [None], flow.settings.for_all_events],
    ).fetchall()
    return row["answer"][0]["delivery"]


def finish(flow: Flow, delivery_id: UUID) -> None:
    result = {
        "delivery_id": str(delivery_id), "claim_no": 1, "event": "sent", "next_status": "sent", "give_back": False,
        "permanent": False, "provider_message_ids": ["m"], "gone_device_ids": [],
    }  # fmt: skip
    flow.db.execute("SELECT FROM finish(%s, '0')", [json.dumps([result])])
