"""Suppressions: a bounce or a complaint blocks the address for each person, until an operator removes it."""

import pytest

from carillon.models.preferences import NewPreferences
from carillon.models.recipient import NewContact
from carillon.people import preferences, recipients
from tests.support.flow import Flow
from tests.support.provider_events import email_event
from tests.support.provider_states import process_events

BOUNCE, COMPLAINT = "provider-bounce-permanent", "provider-complaint-abuse"


def route(flow: Flow) -> str:
    """Create a critical notification for alice and return the reason of its email route."""
    flow.create("alice")
    row = flow.db.execute("SELECT routing FROM notifications ORDER BY id DESC LIMIT 1").fetchone()
    assert row is not None
    return row["routing"]["email"]["reason"]


@pytest.mark.parametrize(("name", "reason"), [(BOUNCE, "bounced"), (COMPLAINT, "complained")])
def test_an_address_is_suppressed_until_the_person_has_another(flow: Flow, name: str, reason: str) -> None:
    delivery_id = flow.one()
    flow.work(delivery_id)
    database = flow.database()

    process_events(flow, email_event(name, delivery_id))

    assert route(flow) == reason
    current = preferences.get(database, flow.create_settings, "alice")
    assert (current.email_status, current.address_known) == (reason, True)
    assert current.email_help is not None
    # The same address in another spelling stays suppressed.
    assert recipients.put(database, "alice", NewContact(email="Alice@Example.com")).email_status == reason
    assert route(flow) == reason
    # It is suppressed for another person too.
    assert recipients.put(database, "bob", NewContact(email="alice@example.com")).email_status == reason
    assert recipients.put(database, "alice", NewContact(email="alice@example.org")).email_status == "ok"
    assert route(flow) == "severity_critical"
    current = preferences.put(
        database, flow.create_settings, "alice", NewPreferences.model_validate({"email_enabled": True})
    )
    assert (current.email_status, current.email_help) == ("ok", None)


def test_a_pending_email_to_a_suppressed_address_is_skipped(flow: Flow) -> None:
    first, second = flow.one(), flow.create()[0]
    flow.work(first)
    process_events(flow, email_event(BOUNCE, first))

    assert flow.work(second).counts == {"skipped": 1}
    assert flow.row(second)["error_code"] == "bounced"


@pytest.mark.parametrize("name", ["provider-bounce-transient", "provider-complaint-not-spam", "provider-reject"])
def test_an_event_that_is_not_the_fault_of_the_address_suppresses_nothing(flow: Flow, name: str) -> None:
    delivery_id = flow.one()
    flow.work(delivery_id)
    process_events(flow, email_event(name, delivery_id))
    assert route(flow) == "severity_critical"


def test_a_repeated_event_does_not_undo_a_decision_of_an_operator(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.work(delivery_id)
    process_events(flow, email_event(BOUNCE, delivery_id))
    flow.db.execute("DELETE FROM suppressions")

    result = process_events(flow, email_event(BOUNCE, delivery_id))

    assert result.counts == {"event_repeated": 1}
    assert route(flow) == "severity_critical"
