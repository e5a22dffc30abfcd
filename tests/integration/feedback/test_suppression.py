"""A bounce or a complaint suppresses the address: for everybody, until there is another or an operator lifts it."""

import pytest

from carillon.models.preferences import NewPreferences
from carillon.models.recipient import NewContact
from carillon.people import preferences, recipients
from tests.support.flow import Flow
from tests.support.provider_events import email_event
from tests.support.provider_states import process_events

BOUNCE, COMPLAINT = "provider-bounce-permanent", "provider-complaint-abuse"


def route(flow: Flow) -> str:
    """How another critical notification for alice is routed by email."""
    flow.create("alice")
    row = flow.db.execute("SELECT routing FROM notifications ORDER BY id DESC LIMIT 1").fetchone()
    assert row is not None
    return row["routing"]["email"]["reason"]


@pytest.mark.parametrize(("name", "reason"), [(BOUNCE, "bounced"), (COMPLAINT, "complained")])
def test_an_address_is_suppressed_until_there_is_another(flow: Flow, name: str, reason: str) -> None:
    delivery_id = flow.one()
    flow.work(delivery_id)
    database = flow.database()

    process_events(flow, email_event(name, delivery_id))

    assert route(flow) == reason
    told = preferences.get(database, flow.create_settings, "alice")
    assert (told.email_status, told.address_known) == (reason, True)
    assert told.email_help is not None
    # The same address again, in whatever spelling, is no other one.
    assert recipients.put(database, "alice", NewContact(email="Alice@Example.com")).email_status == reason
    assert route(flow) == reason
    # Nor is it for somebody else.
    assert recipients.put(database, "bob", NewContact(email="alice@example.com")).email_status == reason
    assert recipients.put(database, "alice", NewContact(email="alice@example.org")).email_status == "ok"
    assert route(flow) == "severity_critical"
    told = preferences.put(database, flow.create_settings, "alice", NewPreferences(email_enabled=True))
    assert (told.email_status, told.email_help) == ("ok", None)


def test_what_is_on_its_way_to_a_dead_address_stays(flow: Flow) -> None:
    first, second = flow.one(), flow.create()[0]
    flow.work(first)
    process_events(flow, email_event(BOUNCE, first))

    assert flow.work(second).counts == {"skipped": 1}
    assert flow.row(second)["error_code"] == "bounced"


@pytest.mark.parametrize("name", ["provider-bounce-transient", "provider-complaint-not-spam", "provider-reject"])
def test_what_is_not_the_addresss_fault_suppresses_nothing(flow: Flow, name: str) -> None:
    delivery_id = flow.one()
    flow.work(delivery_id)
    process_events(flow, email_event(name, delivery_id))
    assert route(flow) == "severity_critical"


def test_an_event_told_again_does_not_undo_what_an_operator_decided(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.work(delivery_id)
    process_events(flow, email_event(BOUNCE, delivery_id))
    flow.db.execute("DELETE FROM suppressions")

    heard = process_events(flow, email_event(BOUNCE, delivery_id))

    assert heard.counts == {"event_repeated": 1}
    assert route(flow) == "severity_critical"
