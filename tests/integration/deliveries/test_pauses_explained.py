"""What a pause holds back says so, and by the rule of the claim: told before it is asked, and the same afterwards."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from carillon.identity import Identity
from carillon.notifications import feed
from tests.integration.deliveries.test_pauses import pause
from tests.support.delivery_states import join_digest
from tests.support.flow import PRODUCER, Flow
from tests.support.outages import NO_CONNECTION, fail

LATER = datetime.now(UTC) + timedelta(hours=2)
Prepare = Callable[[Flow, UUID], object]


def told(flow: Flow, delivery_id: UUID, identity: Identity = PRODUCER) -> Any:
    """The email's answer for the oldest notification of a delivery, as its producer is given it."""
    statement = "SELECT min(notification_id::text)::uuid AS id FROM notification_delivery_items WHERE delivery_id = %s"
    row = flow.db.execute(statement, [delivery_id]).fetchone()
    assert row is not None
    return feed.list_deliveries(flow.worker._database, identity, row["id"]).channels.email


def held_by(flow: Flow, delivery_id: UUID) -> str | None:
    state = told(flow, delivery_id).delivery
    assert (state.held_until is None) == (state.held_by in (None, "outage"))
    return state.held_by


def with_another(then: str | None = None, until: datetime = LATER) -> Prepare:
    """One more item, about sync.failed, something that happened to it, and a pause of the first one's event."""

    def prepare(flow: Flow, delivery_id: UUID) -> None:
        [other] = join_digest(flow, delivery_id, 1)
        flow.db.execute("UPDATE notifications SET event_name = 'sync.failed' WHERE id = %s", [other])
        if then is not None:
            flow.db.execute(f"UPDATE notifications SET {then} WHERE id = %s".encode(), [other])
        pause(flow, event="invoice", until=until)

    return prepare


def paused(**fields: Any) -> Prepare:
    return lambda flow, _: pause(flow, **fields)


def by_creator(creator: str) -> Prepare:
    def prepare(flow: Flow, _: UUID) -> None:
        pause(flow)
        flow.db.execute("UPDATE notification_pauses SET creator = %s", [creator])

    return prepare


CASES: dict[str, tuple[Prepare, str | None]] = {
    "all": (paused(), "operator"),
    "its event": (paused(channel="email", event="invoice"), "operator"),
    "the other channel": (paused(channel="push"), None),
    "another event": (paused(event="invoice.payment"), None),
    "it is critical": (paused(spare_critical=True), None),
    "over": (paused(until=datetime(2026, 1, 1, tzinfo=UTC)), None),
    "its sender": (by_creator("producer:billing"), "sender"),
    "another sender": (by_creator("producer:another"), None),
    "not all items": (with_another(), None),
    "the other is read": (with_another("read_at = now()"), "operator"),
    "the other has expired": (with_another("expires_at = now()"), "operator"),
    "the other is retracted": (with_another("retracted_at = now()"), "operator"),
    "the other is read and mandatory": (
        with_another("""read_at = now(), routing = '{"email": {"mandatory": true}}'"""),
        None,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_told_is_what_the_claim_does(flow: Flow, case: str) -> None:
    prepare, by = CASES[case]
    delivery_id = flow.one()
    prepare(flow, delivery_id)

    assert held_by(flow, delivery_id) == by

    assert flow.work(delivery_id).counts == ({"sent": 1} if by is None else {"paused": 1})
    assert held_by(flow, delivery_id) == by  # also while it waits to look again


def test_with_nothing_left_to_send_nothing_is_held(flow: Flow) -> None:
    delivery_id = flow.one()
    pause(flow)
    flow.db.execute("UPDATE notifications SET read_at = now()")
    assert held_by(flow, delivery_id) is None
    assert flow.work(delivery_id).counts == {"skipped": 1}


def test_a_pause_that_ends_before_it_leaves_holds_nothing(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, "available_at = now() + interval '3 hours'")
    pause(flow, until=LATER)
    assert held_by(flow, delivery_id) is None
    flow.set(delivery_id, "available_at = now() + interval '1 hour'")
    assert held_by(flow, delivery_id) == "operator"


def test_the_first_item_that_is_free_frees_all(flow: Flow) -> None:
    delivery_id = flow.one()
    with_another(until=LATER + timedelta(hours=1))(flow, delivery_id)
    pause(flow, event="sync", until=LATER)
    assert told(flow, delivery_id).delivery.held_until == LATER


def test_an_outage_holds_what_was_to_leave_and_not_what_is_due_later(flow: Flow) -> None:
    first, second, later = flow.one(), *flow.create(), *flow.create()
    flow.set(later, "available_at = now() + interval '1 hour', first_available_at = now() + interval '1 hour'")
    assert held_by(flow, second) is None
    fail(flow, [first], NO_CONNECTION)
    flow.work(first)

    assert [held_by(flow, each) for each in (first, second, later)] == ["outage", "outage", None]
    assert told(flow, first).explanation == (
        "The email waits: its provider takes none at present, and is asked again every few minutes."
        " Switched on by your settings."
    )
    pause(flow, until=LATER)  # whoever resumes it is told of the outage next
    assert held_by(flow, first) == "operator"

    flow.db.execute("DELETE FROM notification_pauses")
    assert [held_by(flow, each) for each in (first, second, later)] == [None, None, None]


def test_it_is_told_to_the_person_with_its_end(flow: Flow) -> None:
    delivery_id = flow.one()
    pause(flow, until=LATER)
    flow.work(delivery_id)

    answer = told(flow, delivery_id, Identity(subject="alice", producer=None))

    day = "" if LATER.date() == datetime.now(UTC).date() else f"{LATER:%Y-%m-%d} "
    assert answer.explanation == (
        f"The email waits: an operator holds it back until {day}{LATER:%H:%M} UTC, if not released before."
        " Switched on by your settings."
    )
    flow.db.execute("DELETE FROM notification_pauses")
    flow.pass_time(301)
    assert flow.work(delivery_id).counts == {"sent": 1}
    assert told(flow, delivery_id).explanation.startswith("Sent at ")
