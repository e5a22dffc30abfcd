"""At most twenty devices a person: one more, and the one that has not registered for the longest goes."""

import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest

from carillon.people.devices import MAX_DEVICES
from tests.support.flow import Flow
from tests.support.phones import Phones


@pytest.fixture
def phones(aws: boto3.Session, flow: Flow) -> Phones:
    """Alice has as many as she may: each registered a day before the next."""
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
    """The rows that are left, all of which have living endpoints; no endpoint is without a row."""
    rows = phones.rows()
    assert not {row["token"] for row in rows} & set(missing)
    assert all(row["enabled"] and phones.alive(row["endpoint_arn"]) for row in rows)
    assert len(phones.sns.arns(phones.flow.settings.fcm_application_arn or "")) == len(rows)


def test_one_more_takes_the_place_of_the_stalest(phones: Phones) -> None:
    phones.register("alice", "phone-0")  # the oldest, and seen just now
    phones.register("alice", "new")
    assert len(phones.rows()) == MAX_DEVICES
    assert_alive(phones, "phone-1")
    phones.register("alice", "another")
    assert_alive(phones, "phone-1", "phone-2")
    assert "phone-0" in {row["token"] for row in phones.rows()}


def test_what_is_disabled_goes_before_what_is_not(phones: Phones) -> None:
    phones.flow.db.execute("UPDATE devices SET enabled = false WHERE token = 'phone-15'")
    phones.register("alice", "new")
    assert_alive(phones, "phone-15")
    assert len(phones.rows()) == MAX_DEVICES


def test_refreshing_drops_nothing_and_nobody_elses_count(phones: Phones) -> None:
    phones.register("bob", "bobs")
    phones.sns.calls.clear()
    phones.register("alice", "phone-3")
    assert phones.sns.calls == ["set_endpoint_attributes"] * 2
    assert len(phones.rows()) == MAX_DEVICES + 1


def test_a_phone_that_changes_hands_counts_for_its_new_owner(phones: Phones) -> None:
    phones.register("bob", "bobs")
    phones.register("alice", "bobs")
    assert len(phones.rows()) == MAX_DEVICES
    assert_alive(phones, "phone-0")


def test_what_sns_will_not_let_go_now_is_disabled_and_goes_next_time(phones: Phones) -> None:
    phones.sns.failing = {"delete_endpoint"}
    phones.register("alice", "new")
    assert [row["token"] for row in phones.rows() if not row["enabled"]] == ["phone-0"]
    phones.sns.failing = set()
    phones.register("alice", "new")
    assert_alive(phones, "phone-0")
    assert len(phones.rows()) == MAX_DEVICES


def test_what_is_still_pushed_to_is_disabled_and_goes_next_time(phones: Phones) -> None:
    """Nobody waits for it: its phone stays hers, and is nobody else's before the push is over."""
    delivery_id = phones.notify("alice")
    phones.flow.set(delivery_id, "status = 'sending', locked_at = now(), claim_no = 1")
    phones.register("alice", "new")
    assert [row["token"] for row in phones.rows() if not row["enabled"]] == ["phone-0"]
    phones.flow.set(delivery_id, "status = 'sent', locked_at = NULL, finished_at = now(), provider_message_ids = '{m}'")
    phones.register("alice", "new")
    assert_alive(phones, "phone-0")


def test_a_device_that_registers_at_the_very_moment_stays(phones: Phones) -> None:
    """It was chosen, disabled, and is about to lose its endpoint: it registers then."""
    phones.sns.before["delete_endpoint"] = lambda: phones.register("alice", "phone-0")
    phones.register("alice", "new")
    rows = {row["token"]: row for row in phones.rows()}
    assert rows["phone-0"]["enabled"]
    assert phones.alive(rows["phone-0"]["endpoint_arn"])


def test_many_at_once_end_with_as_many_as_there_may_be(phones: Phones) -> None:
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
