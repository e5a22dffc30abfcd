"""Pauses by an operator: the deliveries that they defer, and that only the due time of a delivery changes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from carillon.models.delivery import OutcomeKind
from tests.support.delivery_states import join_digest
from tests.support.flow import Flow, failing
from tests.support.lock_waits import wait_for_lock_waiter

UNCHANGED = (
    "id", "status", "attempts", "claim_no", "digest_key", "open_digest_key", "locked_at", "finished_at", "permanent",
    "first_available_at", "error_code", "provider_message_ids",
)  # fmt: skip


def unchanged(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in UNCHANGED}


def pause(flow: Flow, **fields: Any) -> None:
    names = {"channel": None, "event": None, "until": datetime.now(UTC) + timedelta(days=1), "spare_critical": False}
    statement = """INSERT INTO pauses (channel, event, until, spare_critical)
        VALUES (%(channel)s, %(event)s, %(until)s, %(spare_critical)s)"""
    flow.db.execute(statement, names | fields)


def resume(flow: Flow) -> None:
    flow.db.execute("DELETE FROM pauses")


@pytest.mark.parametrize(
    ("fields", "waits"),
    [
        ({}, True),
        ({"channel": "email"}, True),
        ({"channel": "push"}, False),
        ({"event": "invoice"}, True),
        ({"event": "invoice.payment_failed"}, True),
        ({"event": "invoice.payment"}, False),
        ({"event": "invoice.payment_failed.twice"}, False),
        ({"event": "voice"}, False),
        ({"channel": "push", "event": "invoice"}, False),
        ({"spare_critical": True}, False),
        ({"until": datetime(2026, 1, 1, tzinfo=UTC)}, False),
    ],
    ids=str,
)
def test_a_delivery_that_matches_the_pause_is_deferred(flow: Flow, fields: dict[str, Any], waits: bool) -> None:
    delivery_id = flow.one()
    before = flow.row(delivery_id)
    pause(flow, **fields)

    worked = flow.work(delivery_id)

    assert (worked.counts, worked.reported) == ({"paused": 1} if waits else {"sent": 1}, [])
    assert len(flow.provider.calls) == (0 if waits else 1)
    if waits:
        assert unchanged(flow.row(delivery_id)) == unchanged(before)


def test_a_pause_that_spares_critical_notifications_defers_others(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.db.execute("UPDATE notifications SET severity = 'warning'")
    pause(flow, spare_critical=True)

    assert flow.work(delivery_id).counts == {"paused": 1}


def test_a_digest_is_deferred_only_if_all_its_items_match(flow: Flow) -> None:
    delivery_id = flow.one()
    [other] = join_digest(flow, delivery_id, 1)
    flow.db.execute("UPDATE notifications SET event_name = 'sync.failed' WHERE id = %s", [other])
    pause(flow, event="invoice")

    assert flow.work(delivery_id).counts == {"sent": 1}
    assert flow.provider.calls[0].item_count == 2


def test_if_items_match_different_pauses_the_longest_pause_counts(flow: Flow) -> None:
    delivery_id = flow.one()
    [other] = join_digest(flow, delivery_id, 1)
    flow.db.execute("UPDATE notifications SET event_name = 'sync.failed' WHERE id = %s", [other])
    pause(flow, event="invoice", until=datetime.now(UTC) + timedelta(seconds=20))
    pause(flow, event="sync", until=datetime.now(UTC) + timedelta(seconds=120))

    assert flow.work(delivery_id).counts == {"paused": 1}
    assert flow.row(delivery_id)["available_at"] > datetime.now(UTC) + timedelta(seconds=115)


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        ("UPDATE notifications SET read_at = now() WHERE id = %s", {"paused": 1}),
        ("UPDATE notifications SET retracted_at = now() WHERE id = %s", {"paused": 1}),
        # The event is switched off for this item only: the remaining item is paused.
        (
            'UPDATE preferences SET rules = \'{"sync": {"email": {"enabled": false}}}\' WHERE %s <> \'\'',
            {"paused": 1},
        ),
        ("UPDATE notifications SET read_at = now() WHERE id <> %s", {"sent": 1}),
        ("UPDATE delivery_items SET left_out = 'cancelled' WHERE notification_id = %s", {"paused": 1}),
    ],
)
def test_an_item_that_would_not_be_sent_has_no_effect_on_the_pause_of_a_digest(
    flow: Flow, changed: str, counts: dict[str, int]
) -> None:
    delivery_id = flow.one()
    [free] = join_digest(flow, delivery_id, 1)
    flow.db.execute("UPDATE notifications SET event_name = 'sync.failed' WHERE id = %s", [free])
    flow.db.execute(changed.encode(), [str(free)])
    pause(flow, event="invoice")

    assert flow.work(delivery_id).counts == counts


def test_an_item_that_was_read_during_a_pause_is_not_marked_as_left_out(flow: Flow) -> None:
    delivery_id = flow.one()
    [other] = join_digest(flow, delivery_id, 1)
    pause(flow)
    flow.db.execute("UPDATE notifications SET read_at = now() WHERE id = %s", [other])
    assert flow.work(delivery_id).counts == {"paused": 1}
    left_out = flow.db.execute("SELECT DISTINCT left_out FROM delivery_items").fetchall()
    assert left_out == [{"left_out": None}]


def test_a_delivery_with_nothing_to_send_is_skipped_and_not_deferred(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.db.execute("UPDATE notifications SET read_at = now()")
    pause(flow)

    assert flow.work(delivery_id).counts == {"skipped": 1}
    assert flow.row(delivery_id)["error_code"] == "already_read"


def test_a_paused_digest_stays_open_and_later_items_are_sent_with_it(flow: Flow) -> None:
    flow.person("alice")
    [delivery_id] = flow.create(severity="warning")
    flow.set(delivery_id, "available_at = now()")
    pause(flow)
    assert flow.work(delivery_id).counts == {"paused": 1}

    assert flow.create(severity="warning") == []  # no new delivery: it joined the digest
    resume(flow)
    flow.pass_time(300)

    assert flow.work(delivery_id).counts == {"sent": 1}
    assert flow.provider.calls[0].item_count == 2


def test_after_a_resume_the_reaper_dispatches_within_five_minutes(flow: Flow) -> None:
    flow.person("alice")
    ids = [each for _ in range(20) for each in flow.create()]
    pause(flow)
    for start in (0, 10):
        assert flow.work(*ids[start : start + 10]).counts == {"paused": 10}
    rows = [flow.row(each) for each in ids]
    latest = datetime.now(UTC) + timedelta(minutes=5)
    assert all(row["available_at"] <= latest and row["dispatched_at"] is None for row in rows)
    times = sorted(row["available_at"] for row in rows)
    assert times[-1] - times[0] > timedelta(seconds=30)  # not all at once
    assert flow.reap()["dispatched"] == 0

    resume(flow)
    flow.pass_time(300)

    assert flow.reap()["dispatched"] == 20
    for start in (0, 10):
        assert flow.work(*ids[start : start + 10]).counts == {"sent": 10}
    assert sorted(call.delivery_id for call in flow.provider.calls) == sorted(ids)
    assert {row["attempts"] for row in flow.rows()} == {1}


def test_repeated_claims_in_a_pause_are_one_entry_of_the_history(flow: Flow) -> None:
    delivery_id = flow.one()
    pause(flow)
    for _ in range(30):
        assert flow.work(delivery_id).counts == {"paused": 1}
        flow.pass_time(301)
    resume(flow)
    flow.work(delivery_id)

    assert flow.events(delivery_id) == ["paused", "claimed", "sent"]
    assert flow.row(delivery_id)["history"][0]["times"] == 30


def test_a_deferred_retry_keeps_its_attempts(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.provider.script[delivery_id] = [failing(OutcomeKind.RETRY)]
    flow.work(delivery_id)
    flow.pass_time(60)
    pause(flow)

    assert flow.work(delivery_id).counts == {"paused": 1}

    row = flow.row(delivery_id)
    assert (row["status"], row["attempts"], row["claim_no"]) == ("pending", 1, 1)


@pytest.mark.parametrize("permanent", [False, True])
def test_a_replay_in_a_pause_is_deferred_and_not_lost(flow: Flow, permanent: bool) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, "status = 'failed', attempts = 5, claim_no = 5, finished_at = now() - interval '1 minute'")
    flow.set(delivery_id, f"permanent = {permanent}")
    pause(flow)

    worked = flow.work(delivery_id)

    assert (worked.counts, worked.reported) == ({"paused": 1}, [])
    row = flow.row(delivery_id)
    assert (row["status"], row["attempts"], row["claim_no"], row["permanent"]) == ("pending", 0, 5, False)
    resume(flow)
    flow.pass_time(301)
    assert flow.work(delivery_id).counts == {"sent": 1}


def test_a_stale_message_of_a_failed_delivery_revives_nothing_in_a_pause(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, "status = 'failed', attempts = 5, claim_no = 5, finished_at = now()")
    pause(flow)
    stale = flow.message(delivery_id, sent_at=datetime.now(UTC) - timedelta(hours=1))

    assert flow.work(stale).reported == [stale.message_id]
    assert flow.row(delivery_id)["status"] == "failed"


@pytest.mark.parametrize(
    ("change", "counts"), [(pause, {"paused": 1}), (resume, {"sent": 1})], ids=["paused", "resumed"]
)
def test_a_pause_or_resume_while_a_claim_waits_for_a_lock_counts(
    flow: Flow, change: Callable[[Flow], None], counts: dict[str, int]
) -> None:
    delivery_id: UUID = flow.one()
    if change is resume:
        pause(flow)
    holder = flow.stack.enter_context(flow.connection())
    holder.execute("BEGIN")
    holder.execute("SELECT FROM deliveries WHERE id = %s FOR UPDATE", [delivery_id])
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(flow.work, delivery_id)
        wait_for_lock_waiter(flow, working)
        change(flow)
        holder.execute("COMMIT")
        assert working.result(10).counts == counts
