"""Provider events may repeat, come late, in any order or concurrently: the final state is the same."""

import itertools
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carillon.feedback.record import record
from tests.support.flow import Flow
from tests.support.provider_events import EMAIL_EVENTS, email_event
from tests.support.provider_states import STATES, DeliveryInState, create_in_state, events, recorded
from tests.support.provider_states import settings as event_settings
from tests.support.verified_database import run_verify

# (event, claim, minutes after noon)
Event = tuple[str, int, int]
WORST = ("accepted", "delayed", "delivered", "soft_bounced", "rejected", "bounced", "complained")


@pytest.fixture(autouse=True)
def _frozen(flow: Flow) -> None:
    """Stop the clock, so that different orders end with the same times."""
    flow.db.execute(
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET carillon.now = %L', current_database(), now()); END $$"
    )
    flow.db.execute("SELECT set_config('carillon.now', now()::text, false)")
    flow.worker = flow.new_worker()


def receive(standing: DeliveryInState, *received: Event) -> None:
    """Record events of an email. Each claim sent its own message."""
    made = [
        email_event(
            name, standing.delivery_id, claim, message_id=f"message-{claim}", address=standing.address, minutes=minutes
        )
        for name, claim, minutes in received
    ]
    recorded(standing.flow, *made)


PAIRS = [*itertools.combinations_with_replacement(EMAIL_EVENTS, 2)]


@pytest.mark.parametrize("state", STATES)
def test_each_pair_of_events_in_each_order_ends_the_same(flow: Flow, state: str) -> None:
    standings = iter(create_in_state(flow, state, *(f"person-{number}" for number in range(5 * len(PAIRS)))))
    for first, second in PAIRS:
        one, other = (first, 1, 1), (second, 1, 2)
        orders: list[list[list[Event]]] = [
            [[one], [other]], [[other], [one]], [[other, one, one]], [[one], [other], [one]], [[other], [other, one]],
        ]  # fmt: skip
        ends: list[dict[str, Any]] = []
        for batches in orders:
            standing = next(standings)
            for batch in batches:
                receive(standing, *batch)
            ends.append(standing.end())
        assert all(end == ends[0] for end in ends), (first, second)
        assert ends[0]["status"] == "sent"
    assert run_verify(flow).clean


MANY = st.lists(st.tuples(st.sampled_from(EMAIL_EVENTS), st.integers(1, 3), st.integers(0, 5)), min_size=1, max_size=6)


@given(received=MANY, data=st.data(), state=st.sampled_from([*STATES]))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_with_repeats_in_any_batches_ends_the_same(
    flow: Flow, received: list[Event], data: st.DataObject, state: str
) -> None:
    straight, mixed = create_in_state(flow, state, *(uuid.uuid4().hex for _ in range(2)))
    if state == "skipped":  # the second claim sent nothing, so it has no events
        received = [(name, 1, minutes) for name, _, minutes in received]
    for each in received:
        receive(straight, each)
    order = data.draw(st.permutations(received + data.draw(st.lists(st.sampled_from(received), max_size=4))))
    while order:
        size = data.draw(st.integers(1, len(order)))
        receive(mixed, *order[:size])
        order = order[size:]

    end = straight.end()
    assert mixed.end() == end
    assert end["status"] == "sent"
    kinds = {entry["kind"] for entry in end["provider_events"].values()}
    assert end["provider_status"] == max(kinds, key=WORST.index)
    assert (end["suppressed"]["reason"] is not None) == bool(kinds & {"bounced", "complained"})


def test_concurrent_batches_end_like_consecutive_ones(flow: Flow) -> None:
    standing, alone, *others = create_in_state(
        flow, "sending", "alice", "bob", *(f"person-{number}" for number in range(10))
    )
    received: list[Event] = [(name, claim, 1) for name in EMAIL_EVENTS for claim in (1, 2)]
    receive(alone, *received)

    def all_in(order: int) -> None:
        with ExitStack() as stack:
            own = Flow(flow.database_url, stack)
            for name, claim, minutes in received[order:] + received[:order]:
                batch = [
                    email_event(name, each.delivery_id, claim, message_id=f"message-{claim}", address=each.address,
                                minutes=minutes)
                    for each in ([standing, *others] if order % 2 else [*reversed(others), standing])
                ]  # fmt: skip
                record(own.worker._database, event_settings(own), events(*batch))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(all_in, range(6)))

    assert standing.end() == alone.end()
    assert {str(other.end()) for other in others} == {str(alone.end())}
