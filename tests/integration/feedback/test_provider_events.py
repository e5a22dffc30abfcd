"""Feedback: events of a provider settle deliveries, suppress addresses and disable devices. Some cannot be recorded."""

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from carillon.models.delivery import OutcomeKind
from tests.support.flow import Flow, failing
from tests.support.provider_events import EMAIL_EVENTS, email_event, message, push_failure
from tests.support.provider_states import create_in_state, events, process_events, recorded
from tests.support.verified_database import run_verify

BOUNCE = "provider-bounce-permanent"


def dies_after_the_send(flow: Flow, delivery_id: UUID) -> None:
    """Send the delivery and lose the worker before it can write the result."""
    flow.provider.script[delivery_id] = [failing(OutcomeKind.UNKNOWN)]
    flow.work(delivery_id)
    assert flow.row(delivery_id)["status"] == "sending"


@pytest.mark.parametrize("name", EMAIL_EVENTS)
def test_any_event_settles_a_delivery_whose_worker_died(flow: Flow, name: str) -> None:
    delivery_id = flow.one()
    dies_after_the_send(flow, delivery_id)

    result = process_events(flow, email_event(name, delivery_id))

    assert result.reported == []
    flow.pass_time(flow.settings.stuck_after_seconds + 1)
    assert flow.reap()["stuck_reset"] == 0
    assert flow.work(delivery_id).counts == {"settled": 1}
    assert len(flow.provider.calls) == 1
    row = flow.row(delivery_id)
    assert (row["status"], row["provider_message_ids"], row["error_code"]) == ("sent", ["message-1"], None)
    assert run_verify(flow).clean


def test_an_event_of_an_earlier_claim_settles_the_delivery_and_the_current_claim_lost_no_lease(
    flow: Flow, logs: io.StringIO
) -> None:
    delivery_id = flow.one()
    dies_after_the_send(flow, delivery_id)
    flow.set(delivery_id, "status = 'pending', locked_at = NULL")
    flow.provider.during = lambda _: process_events(flow, email_event("provider-send", delivery_id, 1)) and None

    worked = flow.work(delivery_id)

    assert worked.counts == {"sent": 1}
    assert "lease_lost" not in logs.getvalue()
    assert flow.row(delivery_id)["provider_message_ids"] == ["message-1"]
    process_events(flow, email_event("provider-send", delivery_id, 2, message_id="message-2"))
    assert flow.row(delivery_id)["provider_message_ids"] == ["message-1", "message-2"]


def test_an_event_settles_a_failed_delivery_and_its_message_is_no_replay(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, "status = 'failed', attempts = 5, claim_no = 5, finished_at = now(), error_code = 'stuck'")
    late = flow.message(delivery_id, datetime.now(UTC) - timedelta(minutes=1))
    assert flow.work(late).reported == [late.message_id]

    process_events(flow, email_event("provider-delivery", delivery_id, 3))

    assert flow.work(late).reported == []
    assert flow.work(flow.message(delivery_id)).counts == {"settled": 1}
    row = flow.row(delivery_id)
    assert (row["status"], row["provider_status"], row["claim_no"]) == ("sent", "delivered", 5)
    assert flow.provider.calls == []


def test_an_item_read_after_the_send_counts_as_sent(flow: Flow) -> None:
    delivery_id = flow.one()
    dies_after_the_send(flow, delivery_id)
    flow.db.execute("UPDATE notifications SET read_at = now()")
    flow.set(delivery_id, "status = 'pending', locked_at = NULL")
    assert flow.work(delivery_id).counts == {"skipped": 1}

    process_events(flow, email_event("provider-send", delivery_id, 1))

    assert flow.db.execute("SELECT left_out FROM delivery_items").fetchall() == [{"left_out": None}]
    assert flow.row(delivery_id)["status"] == "sent"
    assert run_verify(flow).clean


def test_a_restored_database_accepts_an_event_of_an_unknown_claim(flow: Flow) -> None:
    delivery_id = flow.one()

    process_events(flow, email_event("provider-send", delivery_id, 3))

    row = flow.row(delivery_id)
    assert (row["status"], row["claim_no"]) == ("sent", 3)
    assert flow.work(delivery_id).counts == {"settled": 1}


def pushed(flow: Flow) -> tuple[UUID, list[str]]:
    """Send a push to two devices and return its delivery and their endpoints."""
    delivery_id = flow.one("push")
    flow.work(delivery_id)
    flow.set(delivery_id, "provider_message_ids = '{push-1,push-2}'")
    rows = flow.db.execute("SELECT endpoint_arn FROM devices ORDER BY token").fetchall()
    return delivery_id, [row["endpoint_arn"] for row in rows]


def enabled(flow: Flow) -> list[bool]:
    return [row["enabled"] for row in flow.db.execute("SELECT enabled FROM devices ORDER BY token")]


def test_a_push_is_undelivered_if_no_device_got_it(flow: Flow) -> None:
    delivery_id, [first, second] = pushed(flow)
    flow.db.execute("UPDATE devices SET seen_at = '2026-11-01'")

    process_events(flow, push_failure("push-1", first, "InternalError"))
    assert (flow.row(delivery_id)["provider_status"], enabled(flow)) == (None, [True, True])
    process_events(flow, push_failure("push-2", second))

    row = flow.row(delivery_id)
    assert (row["status"], row["provider_status"], enabled(flow)) == ("sent", "undelivered", [True, False])
    assert row["provider_message_ids"] == ["push-1", "push-2"]
    assert run_verify(flow).clean


def test_a_device_that_registered_after_the_push_stays_enabled(flow: Flow) -> None:
    _, [first, _] = pushed(flow)
    flow.db.execute("UPDATE devices SET seen_at = '2026-11-24T10:05:23Z'")
    process_events(flow, push_failure("push-1", first))
    assert enabled(flow) == [True, True]


def test_a_device_that_changed_owners_stays_enabled(flow: Flow) -> None:
    _, [first, _] = pushed(flow)
    flow.db.execute("UPDATE devices SET seen_at = '2026-11-01', user_id = 'bob'")
    process_events(flow, push_failure("push-1", first))
    assert enabled(flow) == [True, True]


def test_an_event_before_the_providers_id_is_stored_is_retried(flow: Flow) -> None:
    delivery_id = flow.one("push")
    failure = push_failure("push-1", "arn:aws:sns:eu-central-1:123456789012:endpoint/GCM/app/x")

    for receives, seconds in ((1, 20), (2, 40), (3, 80)):
        early = message(failure, receives)
        result = process_events(flow, early)
        assert (result.reported, result.counts) == ([early.message_id], {"event_awaited": 1})
        assert flow.sqs.visibility[-1] == ("handle", seconds)
    flow.work(delivery_id)
    flow.set(delivery_id, "provider_message_ids = '{push-1}'")

    assert process_events(flow, message(failure, 4)).counts == {"push_event_undelivered": 1}
    assert flow.row(delivery_id)["provider_status"] == "undelivered"


def test_an_event_of_an_unknown_delivery_is_retried_and_then_acknowledged(flow: Flow) -> None:
    unknown = UUID(int=7)
    assert process_events(flow, email_event("provider-send", unknown)).counts == {"event_not_found": 1}
    failure = push_failure("push-9", "arn:aws:sns:eu-central-1:123456789012:endpoint/GCM/app/x")
    result = process_events(flow, message(failure, 4))
    assert (result.reported, result.counts) == ([], {"event_not_found": 1})


def test_a_message_that_is_no_event_goes_to_the_dead_letter_queue_without_the_others_of_its_batch(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.work(delivery_id)
    stranger = message(json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:eu-central-1:1:other"}))

    result = process_events(flow, stranger, email_event("provider-send", delivery_id), message("not JSON"))

    assert stranger.message_id in result.reported
    assert result.counts == {"not_an_event": 2, "email_event_accepted": 1}
    assert [seconds for _, seconds in flow.sqs.visibility] == [0, 0]
    assert flow.row(delivery_id)["provider_status"] == "accepted"


def test_an_event_that_the_database_refuses_does_not_harm_its_batch(flow: Flow) -> None:
    good, bad = create_in_state(flow, "sent", "alice", "bob")
    flow.db.execute(
        f"""
        ALTER TABLE deliveries ADD CONSTRAINT poison
        CHECK (id <> '{bad.delivery_id}' OR provider_status IS NULL) NOT VALID
        """.encode()
    )
    poison = message(email_event("provider-send", bad.delivery_id))

    result = process_events(flow, email_event("provider-send", good.delivery_id), poison)

    assert result.reported == [poison.message_id]
    assert result.counts == {"email_event_accepted": 1, "event_refused": 1}
    assert flow.row(good.delivery_id)["provider_status"] == "accepted"


def test_an_outage_of_the_database_loses_no_event(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery_id = flow.one()
    late, later = (message(email_event("provider-send", delivery_id), receives) for receives in (1, 5))
    with monkeypatch.context() as away:
        away.setattr(flow.worker._database, "_run", _away)
        result = process_events(flow, late, later)

    assert result.reported == [late.message_id, later.message_id]
    assert flow.sqs.visibility == [("handle", 900), ("handle", 14_400)]
    assert result.counts == {"event_not_recorded": 2}


def _away(*_: Any) -> Any:
    raise psycopg.OperationalError


def test_a_hundred_events_in_a_batch_are_one_statement(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    standings = create_in_state(flow, "sending", *(f"person-{number}" for number in range(100)))
    ran: list[str] = []
    run = flow.worker._database._run

    def noted(name: str, values: Any) -> Any:
        ran.append(name)
        return run(name, values)

    monkeypatch.setattr(flow.worker._database, "_run", noted)

    result = process_events(flow, *(email_event("provider-send", each.delivery_id) for each in standings))

    assert ran == ["feedback/record"]
    assert result.counts == {"email_event_accepted": 100}


def test_no_log_line_contains_an_address(flow: Flow, logs: io.StringIO) -> None:
    delivery_id = flow.one()
    flow.work(delivery_id)
    process_events(flow, *(email_event(name, delivery_id) for name in EMAIL_EVENTS), message("alice@example.com"))

    lines = [json.loads(line) for line in logs.getvalue().splitlines()]
    assert len([line for line in lines if line["message"] == "event_recorded"]) == len(EMAIL_EVENTS) - 1
    assert "alice" not in logs.getvalue()
    assert {"delivery_id", "claim_no", "channel", "kind", "provider_status", "status"} <= set(lines[-1])


def test_the_delivery_stores_its_provider_events(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.work(delivery_id)
    recorded(flow, email_event("provider-send", delivery_id), email_event(BOUNCE, delivery_id, minutes=2))
    assert [event.kind for event in events(email_event(BOUNCE, delivery_id))] == ["bounced"]
    row = flow.row(delivery_id)
    assert sorted(row["provider_events"]) == ["accepted:message-1", "bounced:message-1"]
