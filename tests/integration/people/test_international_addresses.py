"""An address with a domain in another script: sent and compared in Punycode, and shown as written."""

from carillon.models.recipient import NewContact
from carillon.people import recipients
from tests.support.flow import Flow
from tests.support.provider_events import email_event
from tests.support.provider_states import process_events

WRITTEN, SENT = "info@münchen.example", "info@xn--mnchen-3ya.example"


def test_it_is_sent_in_punycode_and_shown_as_written(flow: Flow) -> None:
    database = flow.database()
    delivery_id = flow.one()

    assert recipients.put(database, "alice", NewContact(email=WRITTEN)).email == WRITTEN

    flow.work(delivery_id)
    assert [call.email for call in flow.provider.calls] == [SENT]
    assert recipients.get(database, "alice").email == WRITTEN


def test_every_spelling_of_a_dead_address_is_suppressed(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.work(delivery_id)
    process_events(flow, email_event("provider-bounce-permanent", delivery_id, address=SENT.upper()))
    for spelling in (WRITTEN, WRITTEN.upper(), SENT, "Info@mu\u0308nchen\u3002example"):
        assert recipients.put(flow.database(), "bob", NewContact(email=spelling)).email_status == "bounced"
