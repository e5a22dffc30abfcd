"""The limit of twenty devices for a person: one more replaces the device that has not registered for the longest."""

import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from carillon.people.devices import MAX_DEVICES
from tests.support.flow import Flow
from tests.support.phones import Phones


@pytest.fixture
def phones(aws: boto3.Session, flow: Flow) -> Phones:
    """Register as many devices for alice as the limit allows, one day apart."""
    made = Phones(flow)
    made.wants_push("alice")
    for number in range(MAX_DEVICES):
        made.register("alice", f"phone-{number}")
        seen(made, f"phone-{number}", MAX_DEVICES - number)
    return made


def seen(phones: Phones, token: str, days_ago: int) -> None:
    phones.flow.db.execute(
        "UPDATE devices SET seen_at = now() - %s * interval '1 day' WHERE token = %s", [days_ago, token]
    )


def assert_alive(phones: Phones, *missing: str) -> None:
    """Check that each remaining row has an existing endpoint, and each endpoint a row."""
    rows = phones.rows()
    assert not {row["token"] for row in rows} & set(missing)
    assert all(row["enabled"] and phones.alive(row["endpoint_arn"]) for row in rows)
    assert len(phones.sns.arns(phones.flow.settings.fcm_application_arn or "")) == len(rows)


def test_one_more_device_replaces_the_one_seen_longest_ago(phones: Phones) -> None:
    phones.register("alice", "phone-0")  # the oldest device, seen just now
    phones.register("alice", "new")
    assert len(phones.rows()) == MAX_DEVICES
    assert_alive(phones, "phone-1")
    phones.register("alice", "another")
    assert_alive(phones, "phone-1", "phone-2")
    assert "phone-0" in {row["token"] for row in phones.rows()}


def test_disabled_devices_are_replaced_first(phones: Phones) -> None:
    phones.flow.db.execute("UPDATE devices SET enabled = false WHERE token = 'phone-15'")
    phones.register("alice", "new")
    assert_alive(phones, "phone-15")
    assert len(phones.rows()) == MAX_DEVICES


def test_registering_again_replaces_no_device_and_other_people_do_not_count(phones: Phones) -> None:
    phones.register("bob", "bobs")
    phones.sns.calls.clear()
    phones.register("alice", "phone-3")
    assert phones.sns.calls == ["set_endpoint_attributes"] * 2
    assert len(phones.rows()) == MAX_DEVICES + 1


def test_a_phone_that_changes_owners_counts_for_the_new_owner(phones: Phones) -> None:
    phones.register("bob", "bobs")
    phones.register("alice", "bobs")
    assert len(phones.rows()) == MAX_DEVICES
    assert_alive(phones, "phone-0")


def test_a_device_that_sns_does_not_delete_is_disabled_and_deleted_next_time(phones: Phones) -> None:
    phones.sns.failing = {"delete_endpoint"}
    phones.register("alice", "new")
    assert [row["token"] for row in phones.rows() if not row["enabled"]] == ["phone-0"]
    phones.sns.failing = set()
    phones.register("alice", "new")
    assert_alive(phones, "phone-0")
    assert len(phones.rows()) == MAX_DEVICES


def test_a_device_with_a_push_in_progress_is_disabled_and_deleted_next_time(phones: Phones) -> None:
    """No request waits for the push. The phone stays with its owner until the push has ended."""
    delivery_id = phones.notify("alice")
    phones.flow.set(delivery_id, "status = 'sending', locked_at = now(), claim_no = 1")
    phones.register("alice", "new")
    assert [row["token"] for row in phones.rows() if not row["enabled"]] == ["phone-0"]
    phones.flow.set(delivery_id, "status = 'sent', locked_at = NULL, finished_at = now(), provider_message_ids = '{m}'")
    phones.register("alice", "new")
    assert_alive(phones, "phone-0")


def test_a_device_that_registers_while_it_is_replaced_stays(phones: Phones) -> None:
    """It was chosen and disabled, and registers just before its endpoint is deleted."""
    phones.sns.before["delete_endpoint"] = lambda: phones.register("alice", "phone-0")
    phones.register("alice", "new")
    rows = {row["token"]: row for row in phones.rows()}
    assert rows["phone-0"]["enabled"]
    assert phones.alive(rows["phone-0"]["endpoint_arn"])


def test_concurrent_registrations_keep_the_limit(phones: Phones) -> None:
    databases = [phones.flow.database() for _ in range(6)]
    start = threading.Barrier(len(databases))

    def run(number: int) -> None:
        start.wait(10)
        for turn in range(3):
            phones.register("alice", f"new-{number}-{turn}", databases[number])

    with ThreadPoolExecutor(len(databases)) as pool:
        list(pool.map(run, range(len(databases))))
    assert len(phones.rows()) == MAX_DEVICES
    assert_alive(phones, *(f"phone-{number}" for number in range(18)))
