"""The delivery history of a deferred delivery: it names the pause, before and after the claim applies it."""

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


def email_history(flow: Flow, delivery_id: UUID, identity: Identity = PRODUCER) -> Any:
    """Return the email's part of the delivery history of the oldest notification, as its producer sees it."""
    statement = "SELECT min(notification_id::text)::uuid AS id FROM delivery_items WHERE delivery_id = %s"
    row = flow.db.execute(statement, [delivery_id]).fetchone()
    assert row is not None
    return feed.list_deliveries(flow.worker._database, identity, row["id"]).channels.of("email")


def held_by(flow: Flow, delivery_id: UUID) -> str | None:
    state = email_history(flow, delivery_id).delivery
    assert (state.held_until is None) == (state.held_by in (None, "outage"))
    return state.held_by


def with_another(then: str | None = None, until: datetime = LATER) -> Prepare:
    """Prepare a second item about sync.failed, a change to it, and a pause of the first item's event."""

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
        flow.db.execute("UPDATE pauses SET creator = %s", [creator])

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
def test_the_history_names_the_pause_that_the_claim_applies(flow: Flow, case: str) -> None:
    prepare, by = CASES[case]
    delivery_id = flow.one()
    prepare(flow, delivery_id)

    assert held_by(flow, delivery_id) == by

    assert flow.work(delivery_id).counts == ({"sent": 1} if by is None else {"paused": 1})
    assert held_by(flow, delivery_id) == by  # also until the next attempt to claim it


def test_a_delivery_with_nothing_to_send_is_not_shown_as_deferred(flow: Flow) -> None:
    delivery_id = flow.one()
    pause(flow)
    flow.db.execute("UPDATE notifications SET read_at = now()")
    assert held_by(flow, delivery_id) is None
    assert flow.work(delivery_id).counts == {"skipped": 1}


def test_a_pause_that_ends_before_the_delivery_is_due_defers_nothing(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, "available_at = now() + interval '3 hours'")
    pause(flow, until=LATER)
    assert held_by(flow, delivery_id) is None
    flow.set(delivery_id, "available_at = now() + interval '1 hour'")
    assert held_by(flow, delivery_id) == "operator"


def test_a_digest_is_deferred_until_the_first_of_its_items_is_free(flow: Flow) -> None:
    delivery_id = flow.one()
    with_another(until=LATER + timedelta(hours=1))(flow, delivery_id)
    pause(flow, event="sync", until=LATER)
    assert email_history(flow, delivery_id).delivery.held_until == LATER


def test_an_outage_defers_due_deliveries_and_not_later_ones(flow: Flow) -> None:
    first, second, later = flow.one(), *flow.create(), *flow.create()
    flow.set(later, "available_at = now() + interval '1 hour', first_available_at = now() + interval '1 hour'")
    assert held_by(flow, second) is None
    fail(flow, [first], NO_CONNECTION)
    flow.work(first)

    assert [held_by(flow, each) for each in (first, second, later)] == ["outage", "outage", None]
    assert email_history(flow, first).explanation == (
        "The email waits: its provider takes none at present, and is asked again every few minutes."
        " Switched on by your settings."
    )
    pause(flow, until=LATER)  # the pause of the operator is named before the outage
    assert held_by(flow, first) == "operator"

    flow.db.execute("DELETE FROM pauses")
    assert [held_by(flow, each) for each in (first, second, later)] == [None, None, None]


def test_the_person_sees_the_pause_and_its_end(flow: Flow) -> None:
    delivery_id = flow.one()
    pause(flow, until=LATER)
    flow.work(delivery_id)

    answer = email_history(flow, delivery_id, Identity(subject="alice", producer=None))

    day = "" if LATER.date() == datetime.now(UTC).date() else f"{LATER:%Y-%m-%d} "
    assert answer.explanation == (
        f"The email waits: an operator holds it back until {day}{LATER:%H:%M} UTC, if not released before."
        " Switched on by your settings."
    )
    flow.db.execute("DELETE FROM pauses")
    flow.pass_time(301)
    assert flow.work(delivery_id).counts == {"sent": 1}
    assert email_history(flow, delivery_id).explanation.startswith("Sent at ")
