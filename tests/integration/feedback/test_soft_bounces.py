"""Soft bounces in a row suppress an address. An email that arrives, or an operator, begins the count again."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from uuid import UUID

from carillon.feedback.record import record
from tests.support.flow import Flow
from tests.support.provider_events import email_event
from tests.support.provider_states import create_in_state, events, process_events
from tests.support.provider_states import settings as event_settings

SOFT, ARRIVED = "provider-bounce-transient", "provider-delivery"
LIMIT = 5
_numbers = itertools.count(1)


def soft(delivery_id: UUID, minutes: int, name: str = SOFT) -> dict[str, Any]:
    """Return an event of another message to alice."""
    return email_event(name, delivery_id, message_id=f"message-{next(_numbers)}", minutes=minutes)


def suppressed(flow: Flow) -> bool:
    return flow.db.execute("SELECT reason FROM suppressions").fetchall() == [{"reason": "bounced"}]


def test_the_fifth_soft_bounce_in_a_row_suppresses_the_address(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.work(delivery_id)
    for minute in range(1, LIMIT):
        process_events(flow, soft(delivery_id, minute))
    assert not suppressed(flow)

    process_events(flow, soft(delivery_id, LIMIT))

    assert suppressed(flow)
    assert flow.db.execute("SELECT count(*) AS n FROM soft_bounces").fetchall() == [{"n": 0}]


def test_one_batch_counts_like_many(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.work(delivery_id)
    process_events(flow, *(soft(delivery_id, 1) for _ in range(LIMIT)))
    assert suppressed(flow)


def test_a_repeat_of_an_event_does_not_count(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.work(delivery_id)
    same = email_event(SOFT, delivery_id)
    for _ in range(2 * LIMIT):
        process_events(flow, same, same)
    assert not suppressed(flow)


def test_an_email_that_arrives_begins_the_count_again_even_if_its_event_is_late(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.work(delivery_id)
    for minute in (1, 2, 3, 5):
        process_events(flow, soft(delivery_id, minute))
    process_events(flow, soft(delivery_id, 4, ARRIVED))
    process_events(flow, *(soft(delivery_id, minute) for minute in (1, 2, 3, 6, 7, 8)))
    assert not suppressed(flow)
    process_events(flow, soft(delivery_id, 9))
    assert suppressed(flow)


def test_an_automatic_reply_to_an_email_that_arrived_does_not_count(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.work(delivery_id)
    for number in range(2 * LIMIT):
        for minute, name in enumerate((ARRIVED, SOFT)):
            process_events(flow, email_event(name, delivery_id, message_id=f"reply-{number}", minutes=minute))
    assert not suppressed(flow)


def test_an_unsuppress_begins_the_count_again(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.work(delivery_id)
    process_events(flow, *(soft(delivery_id, minute) for minute in range(1, LIMIT)))
    parameters: dict[str, Any] = {"email": "Alice@Example.com", "log": None, "operator": "test"}
    flow.database().row("operations/unsuppress", parameters)

    process_events(flow, soft(delivery_id, LIMIT))

    assert not suppressed(flow)


def test_concurrent_batches_lose_no_bounce(flow: Flow) -> None:
    standings = create_in_state(flow, "sent", *(f"person-{number}" for number in range(4)))

    def one(number: int) -> None:
        with ExitStack() as stack:
            own = Flow(flow.database_url, stack)
            batch = [
                email_event(
                    SOFT, each.delivery_id, address=each.address, message_id=f"message-{number}", minutes=number
                )
                for each in (standings if number % 2 else standings[::-1])
            ]
            record(own.worker._database, event_settings(own), events(*batch))

    with ThreadPoolExecutor(LIMIT) as pool:
        list(pool.map(one, range(LIMIT)))

    assert flow.db.execute("SELECT count(*) AS n FROM suppressions").fetchall() == [{"n": len(standings)}]


def test_old_counts_are_forgotten(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.work(delivery_id)
    process_events(flow, soft(delivery_id, 1))
    flow.reap()
    assert flow.db.execute("SELECT count(*) AS n FROM soft_bounces").fetchall() == [{"n": 1}]
    flow.db.execute("UPDATE soft_bounces SET updated_at = now() - interval '91 days'")
    assert flow.reap()["reputations_pruned"] == 1
    assert flow.db.execute("SELECT count(*) AS n FROM soft_bounces").fetchall() == [{"n": 0}]
