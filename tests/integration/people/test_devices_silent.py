"""Devices without a registration for a long time: the reaper deletes them, except if they register meanwhile."""

import io
import json
import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import boto3
import pytest

from carillon import reaper
from carillon.aws import clients
from carillon.deliveries.dispatch import Dispatcher
from carillon.people import devices
from carillon.people.handover import PARALLEL_DELETES
from carillon.reaper import Reaper
from tests.support.flow import Flow
from tests.support.lock_waits import wait_for_lock_waiter
from tests.support.phones import Phones


@pytest.fixture
def phones(aws: boto3.Session, flow: Flow) -> Phones:
    made = Phones(flow)
    made.wants_push("alice", "bob")
    return made


@pytest.fixture
def silent(phones: Phones) -> Callable[..., None]:
    """Return `silent("alice", "phone", days=271)`, which registers a phone that was last seen so many days ago."""

    def make(user_id: str, token: str, days: float = 271) -> None:
        phones.register(user_id, token)
        phones.flow.db.execute(
            """
            UPDATE devices SET seen_at = now() - %(by)s, updated_at = now() - %(by)s
            WHERE token = %(token)s
            """,
            {"by": timedelta(days=days), "token": token},
        )

    return make


def reap(phones: Phones, **settings: Any) -> dict[str, float]:
    """Run the step of the reaper on this SNS."""
    chosen = phones.flow.reaper_settings.model_copy(update=settings)
    database = phones.flow.database()
    dispatcher = Dispatcher(chosen, database, phones.flow.sqs)
    return Reaper(chosen, database, dispatcher, phones.flow.sqs, phones.sns).run(math.inf)


def arns(phones: Phones) -> list[str]:
    return phones.sns.arns(phones.flow.settings.fcm_application_arn or "")


def test_devices_are_deleted_after_the_days_of_silence(phones: Phones, silent: Callable[..., None]) -> None:
    silent("alice", "silent", days=270.1)
    silent("alice", "quiet", days=269.9)
    assert reap(phones)["devices_forgotten"] == 1
    [left] = phones.rows()
    assert (left["token"], left["enabled"]) == ("quiet", True)
    assert arns(phones) == [left["endpoint_arn"]]
    assert reap(phones, device_silence_days=269)["devices_forgotten"] == 1
    assert (phones.rows(), arns(phones)) == ([], [])


def test_one_run_deletes_more_than_a_batch(phones: Phones, silent: Callable[..., None]) -> None:
    for number in range(PARALLEL_DELETES + 3):
        silent("alice" if number % 2 else "bob", f"phone-{number}")
    assert reap(phones)["devices_forgotten"] == PARALLEL_DELETES + 3
    assert (phones.rows(), arns(phones)) == ([], [])


def test_two_concurrent_reapers_share_the_devices(phones: Phones, silent: Callable[..., None]) -> None:
    for number in range(2 * PARALLEL_DELETES):
        silent("alice", f"phone-{number}")
    together = threading.Barrier(2)
    phones.sns.before["delete_endpoint"] = lambda: together.wait(10)  # the first is in its run when the second starts
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(reap, phones)
        together.wait(10)
        runs = [reap(phones), other.result(30)]
    assert sum(run["devices_forgotten"] for run in runs) == 2 * PARALLEL_DELETES
    assert sum(run["failed_steps"] for run in runs) == 0
    assert (phones.rows(), arns(phones)) == ([], [])


def test_without_silent_devices_the_reaper_creates_no_sns_client(
    phones: Phones, silent: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def client(service: str, **_: Any) -> Any:
        made.append(service)
        return phones.sns if service == "sns" else phones.flow.sqs

    monkeypatch.setattr(reaper, "client", client)
    assert clients.client is not client
    silent("alice", "quiet", days=269)
    phones.flow.reap()
    assert made == []
    silent("alice", "silent")
    phones.flow.reap()
    assert made == ["sns"]
    assert [row["token"] for row in phones.rows()] == ["quiet"]


def test_without_an_answer_from_sns_the_other_steps_run_and_the_next_try_is_an_hour_later(
    phones: Phones, silent: Callable[..., None], logs: io.StringIO
) -> None:
    for number in range(PARALLEL_DELETES + 1):
        silent("alice", f"phone-{number}")
    phones.flow.person("carol")
    delivery_id = phones.flow.create("carol")[0]
    phones.flow.set(delivery_id, "dispatched_at = NULL")
    phones.sns.failing = {"delete_endpoint"}
    published = reap(phones)
    assert (published["devices_forgotten"], published["failed_steps"]) == (0, 0)
    assert (published["dispatched"], published["pending"]) == (1, 1)
    assert phones.sns.calls.count("delete_endpoint") == PARALLEL_DELETES  # and no second batch
    told = [json.loads(line) for line in logs.getvalue().splitlines() if "endpoints_not_deleted" in line]
    assert [line["count"] for line in told] == [PARALLEL_DELETES]

    phones.sns.failing = set()
    assert reap(phones)["devices_forgotten"] == 1  # the device outside the first batch
    assert len(phones.rows()) == PARALLEL_DELETES
    phones.flow.db.execute("UPDATE devices SET updated_at = updated_at - interval '61 minutes'")
    assert reap(phones)["devices_forgotten"] == PARALLEL_DELETES
    assert (phones.rows(), arns(phones)) == ([], [])


def test_after_a_month_a_device_is_deleted_without_sns(phones: Phones, silent: Callable[..., None]) -> None:
    silent("alice", "stubborn", days=300.1)
    silent("alice", "younger", days=299.9)
    phones.sns.failing = {"delete_endpoint"}
    assert reap(phones)["devices_forgotten"] == 1
    assert [row["token"] for row in phones.rows()] == ["younger"]


def test_a_device_with_a_push_in_progress_stays_until_the_push_has_ended(
    phones: Phones, silent: Callable[..., None]
) -> None:
    silent("alice", "phone")
    delivery_id = phones.notify("alice")
    phones.flow.set(delivery_id, "status = 'sending', locked_at = now(), claim_no = 1")
    assert reap(phones)["devices_forgotten"] == 0
    [row] = phones.rows()
    assert row["enabled"] is False
    phones.flow.set(delivery_id, "locked_at = now() - interval '31 seconds'")
    phones.flow.db.execute("UPDATE devices SET updated_at = updated_at - interval '61 minutes'")
    assert reap(phones)["devices_forgotten"] == 1


@pytest.mark.parametrize("user_id", ["alice", "bob"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_device_that_registers_meanwhile_keeps_its_row_and_an_endpoint(
    phones: Phones, silent: Callable[..., None], moment: str, user_id: str
) -> None:
    silent("alice", "phone")
    getattr(phones.sns, moment)["delete_endpoint"] = lambda: phones.register(user_id, "phone")
    assert reap(phones)["devices_forgotten"] == 0
    [row] = phones.rows()
    assert (row["user_id"], row["enabled"]) == (user_id, True)
    assert phones.alive(row["endpoint_arn"])
    assert phones.push(phones.notify(user_id)).counts == {"sent": 1}


def test_an_uncommitted_registration_is_skipped(phones: Phones, silent: Callable[..., None]) -> None:
    silent("alice", "phone")
    [before] = phones.rows()
    with phones.flow.connection() as registering, registering.transaction():
        registering.execute(
            "SELECT FROM put_device(gen_random_uuid(), 'alice', 'fcm', 'phone', %s)",
            [before["endpoint_arn"]],
        )
        assert reap(phones)["devices_forgotten"] == 0
        assert "delete_endpoint" not in phones.sns.calls
    assert reap(phones)["devices_forgotten"] == 0
    [row] = phones.rows()
    assert row["enabled"]
    assert phones.alive(row["endpoint_arn"])


def test_a_registration_between_disabling_and_deleting_wins(phones: Phones, silent: Callable[..., None]) -> None:
    """The deletion waits for the lock of the row, and then finds the device in use."""
    silent("alice", "phone")
    [before] = phones.rows()
    registering = phones.flow.stack.enter_context(phones.flow.connection())
    phones.sns.after["delete_endpoint"] = lambda: (
        registering.execute("BEGIN"),
        registering.execute(
            "SELECT FROM put_device(gen_random_uuid(), 'alice', 'fcm', 'phone', %s)",
            [before["endpoint_arn"]],
        ),
    )
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(devices.forget_silent, phones.flow.database(), lambda: phones.endpoints, 270)
        wait_for_lock_waiter(phones.flow, running)
        registering.execute("COMMIT")
        assert running.result(10) == (0, False)
    [row] = phones.rows()
    assert (row["id"], row["enabled"]) == (before["id"], True)
    assert phones.alive(row["endpoint_arn"])  # created again: its endpoint was deleted
