"""A phone that changes its owner never shows a push for the old owner, even if a worker has already claimed it."""

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
    """Register the phone for alice. A new registration gets an endpoint with another name, or with the same name."""
    if request.param == "the same name":
        name_endpoints_after_their_tokens(monkeypatch)
    made = Phones(flow)
    made.wants_push("alice", "bob")
    made.register("alice")
    return made


class Worker:
    """A worker that has claimed a push and waits before its request to SNS until the test releases it."""

    def __init__(self, phones: Phones, pool: ThreadPoolExecutor, delivery_id: UUID) -> None:
        self._arrived, self._go = threading.Event(), threading.Event()
        phones.sns.before["publish"] = self._wait
        self.running = pool.submit(phones.push, delivery_id)
        assert self._arrived.wait(10)

    def _wait(self) -> None:
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
    """Return a semaphore that is released whenever a caller waits for a push in progress."""
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
    """Take the phone from alice in one of the possible ways, and register it for bob."""
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
def test_a_push_claimed_before_and_published_after_a_handover_reaches_no_phone(
    phones: Phones, pool: ThreadPoolExecutor, waited: threading.Semaphore, way: str
) -> None:
    [row] = phones.rows()
    delivery_id = phones.notify("alice")
    worker = Worker(phones, pool, delivery_id)
    moving = pool.submit(take_away, phones, way)
    assert waited.acquire(timeout=10)  # bob's registration waits for the push: it has no answer yet
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


def test_the_endpoint_names_agree_with_the_parameters(phones: Phones, request: pytest.FixtureRequest) -> None:
    before = phones.rows()[0]["endpoint_arn"]
    phones.register("bob")
    assert (phones.rows()[0]["endpoint_arn"] == before) == ("the same name" in request.node.name)


def test_a_registration_does_not_wait_without_a_push_in_progress(
    phones: Phones, pool: ThreadPoolExecutor, waited: threading.Semaphore
) -> None:
    """A push that is sent, a push that is pending and a push to another person delay no registration."""
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
    assert phones.push(later).counts == {"skipped": 1}  # the person has no device now
    assert phones.shown_to() == ["alice"]


def test_a_registration_waits_for_a_push_no_longer_than_its_worker_can_live(
    phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker was killed. Until its lease ends, requests must be repeated. Alice's endpoint is deleted at once."""
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
def test_a_registration_waits_for_an_uncommitted_claim_too(
    phones: Phones, pool: ThreadPoolExecutor, waited: threading.Semaphore, way: str
) -> None:
    """The claim has read the endpoint and is not committed. A statement that waits for the lock of the row sees it."""
    delivery_id = phones.notify("alice")
    with phones.flow.connection() as claiming, claiming.transaction():
        claimed = claim(claiming, delivery_id, phones.flow)
        assert claimed["destination"]["devices"][0]["endpoint_arn"] == phones.rows()[0]["endpoint_arn"]
        moving: Future[None] = pool.submit(take_away, phones, way)
        wait_for_lock_waiter(phones.flow, moving)
    # The query before the lock does not see the claim; the query under the lock does. So the caller waits or
    # repeats.
    if way == "erase":
        assert isinstance(moving.exception(10), Unavailable)
        moving = pool.submit(take_away, phones, way)
    assert waited.acquire(timeout=10)
    assert not moving.done()
    finish(phones.flow, delivery_id)
    moving.result(10)
    [row] = phones.rows()
    assert (row["user_id"], phones.alive(row["endpoint_arn"])) == ("bob", True)


def test_a_phone_that_is_registered_and_pushed_to_meanwhile_is_not_overwritten(
    phones: Phones, pool: ThreadPoolExecutor, waited: threading.Semaphore
) -> None:
    """Bob's registration found no row. When it stores one, alice has the row, and a worker has claimed its endpoint."""
    delivery_id = phones.notify("alice")
    phones.remove("alice", phones.rows()[0]["id"])
    arn = phones.endpoints.create("fcm", TOKEN)
    with phones.flow.connection() as other, other.transaction():
        other.execute("SELECT FROM put_device(gen_random_uuid(), 'alice', 'fcm', %s, %s)", [TOKEN, arn])
        assert claim(other, delivery_id, phones.flow)["destination"]["devices"][0]["endpoint_arn"] == arn
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
