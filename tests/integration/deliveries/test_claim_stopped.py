"""Changes between the creation and the claim that stop a delivery."""

from typing import Any

import pytest

from carillon.models.delivery import OutcomeKind
from tests.support.delivery_states import join_digest
from tests.support.environment import suppressed
from tests.support.flow import Flow, failing
from tests.support.settings import with_values

ADDRESS_GONE = "UPDATE recipients SET email = NULL"
READ = "UPDATE notifications SET read_at = now()"
ARCHIVED = "UPDATE notifications SET archived_at = now(), read_at = now()"


@pytest.mark.parametrize(
    ("channel", "change", "reason"),
    [
        ("email", "UPDATE preferences SET channels = channels || jsonb_build_object('email', false)", "disabled"),
        ("email", "DELETE FROM preferences", "disabled"),  # the stack's default
        ("email", suppressed("complained"), "complained"),
        ("email", suppressed("bounced"), "bounced"),
        ("email", ADDRESS_GONE, "no_address"),
        ("email", "DELETE FROM recipients", "no_address"),
        ("push", "UPDATE preferences SET channels = channels || jsonb_build_object('push', false)", "disabled"),
        ("push", "UPDATE devices SET enabled = false", "no_device"),
        ("push", "DELETE FROM devices", "no_device"),
        ("email", READ, "already_read"),
        ("push", ARCHIVED, "already_read"),
    ],
)
def test_a_change_after_the_creation_skips_the_delivery(flow: Flow, channel: Any, change: str, reason: str) -> None:
    delivery_id = flow.one(channel)
    flow.db.execute(change.encode())

    worked = flow.work(delivery_id)

    row = flow.row(delivery_id)
    assert flow.provider.calls == []
    assert (row["status"], row["error_code"], row["locked_at"]) == ("skipped", reason, None)
    assert flow.events(delivery_id) == ["claimed", "skipped"]
    assert (row["history"][1]["code"], row["history"][1]["claim_no"]) == (reason, 1)
    assert (worked.reported, worked.counts) == ([], {"skipped": 1})
    assert flow.work(delivery_id).counts == {"settled": 1}


@pytest.mark.parametrize(("change", "left_out"), [(READ, "read"), (ARCHIVED, "archived")])
def test_items_that_are_not_sent_are_marked(flow: Flow, change: str, left_out: str) -> None:
    delivery_id = flow.one()
    read, unread = join_digest(flow, delivery_id, 2)
    flow.db.execute(f"{change} WHERE id = %s".encode(), [read])

    flow.work(delivery_id)

    [claimed] = flow.provider.calls
    assert claimed.item_count == 2
    assert str(read) not in {item.title for item in claimed.items}
    assert str(unread) in {item.title for item in claimed.items}
    marked = flow.db.execute("SELECT notification_id, left_out FROM delivery_items WHERE left_out <> ''")
    assert marked.fetchall() == [{"notification_id": read, "left_out": left_out}]


def test_an_item_that_is_marked_unread_before_a_retry_is_sent(flow: Flow) -> None:
    delivery_id = flow.one()
    [second] = join_digest(flow, delivery_id, 1)
    flow.db.execute("UPDATE notifications SET read_at = now() WHERE id = %s", [second])
    flow.provider.script[delivery_id] = [failing(OutcomeKind.RETRY)]
    flow.work(delivery_id)
    flow.db.execute("UPDATE notifications SET read_at = NULL WHERE id = %s", [second])
    flow.pass_time(60)

    flow.work(delivery_id)

    assert [call.item_count for call in flow.provider.calls] == [1, 2]
    left_out = flow.db.execute("SELECT DISTINCT left_out FROM delivery_items").fetchall()
    assert left_out == [{"left_out": None}]


def test_a_person_erased_after_the_creation_gets_nothing(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.erase("alice", flow.database())

    assert flow.work(delivery_id).counts == {"not_found": 1}
    assert flow.provider.calls == []


def test_a_delivery_on_a_channel_that_is_no_longer_configured_is_skipped(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.settings = with_values(flow.settings, email_from=None)

    flow.work(delivery_id, worker=flow.new_worker())

    row = flow.row(delivery_id)
    assert (row["status"], row["error_code"]) == ("skipped", "not_configured")
