"""The rows that a finish writes, and the state that follows each outcome."""

from dataclasses import replace
from uuid import UUID

import pytest
from pydantic import TypeAdapter

from carillon.deliveries.circuit_breaker import ChannelReport
from carillon.deliveries.outcomes import FinishRow, NextState, finish_row, next_state
from carillon.models.delivery import ClaimedDelivery, Outcome, OutcomeKind
from carillon.settings import DeliverSettings

SETTINGS = DeliverSettings(database_url="postgresql://", queue_url="https://queue")
DELIVERY = ClaimedDelivery(
    delivery_id=UUID("0199c1f0-0000-7000-8000-00000000d001"),
    user_id="alice",
    claim_no=3,
    attempts=2,
    max_attempts=5,
    channel="email",
    items=[],
    item_count=1,
)
OUT = ChannelReport("email", out=True, failures=1, seconds=60)


def row(outcome: Outcome) -> FinishRow:
    return finish_row(SETTINGS, DELIVERY, outcome, None)


def test_the_row_is_json() -> None:
    device = UUID("0199c1f0-0000-7000-8000-00000000d002")
    outcome = Outcome(OutcomeKind.GONE, "gone", "All devices are dead.", ("message-3",), (device,))

    assert TypeAdapter(FinishRow).dump_python(row(outcome), mode="json") == {
        "delivery_id": "0199c1f0-0000-7000-8000-00000000d001",
        "claim_no": 3,
        "event": "gone",
        "next_status": "failed",
        "delay_seconds": None,
        "give_back": False,
        "permanent": True,
        "code": "gone",
        "detail": "All devices are dead.",
        "provider_message_ids": ["message-3"],
        "gone_device_ids": ["0199c1f0-0000-7000-8000-00000000d002"],
    }


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome(OutcomeKind.SENT), NextState("sent")),
        (Outcome(OutcomeKind.UNKNOWN), NextState("sending")),
        (Outcome(OutcomeKind.REJECTED), NextState("failed", permanent=True)),
        (Outcome(OutcomeKind.GONE), NextState("failed", permanent=True)),
        (Outcome(OutcomeKind.RETRY), NextState("pending", 120)),
        (Outcome(OutcomeKind.THROTTLED), NextState("pending", 15, give_back=True)),
        (Outcome(OutcomeKind.THROTTLED, pause_seconds=300), NextState("pending", 300, give_back=True)),
        (Outcome(OutcomeKind.NOT_BEGUN), NextState("pending", 0, give_back=True)),
    ],
    ids=[
        "sent",
        "unknown",
        "rejected",
        "gone",
        "retry",
        "throttled",
        "account_paused",
        "not_begun",
    ],
)
def test_each_outcome_has_a_next_state(outcome: Outcome, state: NextState) -> None:
    found = next_state(SETTINGS, DELIVERY, outcome, None)

    assert replace(found, delay_seconds=state.delay_seconds) == state
    if state.delay_seconds is None:
        assert found.delay_seconds is None
    else:
        assert found.delay_seconds is not None
        assert 0 <= found.delay_seconds <= state.delay_seconds


@pytest.mark.parametrize("attempts", [2, 5])
def test_a_retry_in_an_outage_gives_the_attempt_back(attempts: int) -> None:
    delivery = DELIVERY.model_copy(update={"attempts": attempts})

    found = next_state(SETTINGS, delivery, Outcome(OutcomeKind.RETRY, reached=False), OUT)

    assert (found.status, found.give_back) == ("pending", True)
    assert found.delay_seconds is not None
    assert 60 <= found.delay_seconds <= 120


@pytest.mark.parametrize(
    ("reached", "report"), [(False, None), (True, OUT), (None, OUT), (False, replace(OUT, out=False))]
)
def test_the_last_attempt_fails_without_an_outage(reached: bool | None, report: ChannelReport | None) -> None:
    delivery = DELIVERY.model_copy(update={"attempts": DELIVERY.max_attempts})

    assert next_state(SETTINGS, delivery, Outcome(OutcomeKind.RETRY, reached=reached), report) == NextState("failed")


def test_a_send_that_was_not_started_counts_as_a_throttle_in_the_history() -> None:
    events = {kind: row(Outcome(kind)).event for kind in OutcomeKind}

    assert events == {kind: kind.value for kind in OutcomeKind} | {OutcomeKind.NOT_BEGUN: "throttled"}
