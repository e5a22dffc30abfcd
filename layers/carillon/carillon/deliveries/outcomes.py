"""The table of outcomes: the next state of a delivery after each outcome of a send (docs/architecture.md#outcomes)."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from carillon.deliveries import backoff
from carillon.deliveries.circuit_breaker import ChannelReport
from carillon.models.delivery import ClaimedDelivery, Outcome, OutcomeKind
from carillon.settings import DeliverSettings

Status = Literal["pending", "sending", "sent", "failed"]


@dataclass(frozen=True, slots=True)
class NextState:
    """The state that follows an outcome.

    `delay_seconds`: when a pending delivery is due again. `give_back`: the attempt does not count. `permanent`: failed
    for good, so its messages never reach the dead-letter queue.
    """

    status: Status
    delay_seconds: float | None = None
    give_back: bool = False
    permanent: bool = False


@dataclass(slots=True)  # not frozen: it would take four times as long to make, and each delivery has one
class FinishRow:
    """One outcome as `finish` reads it (database/schema/functions/41_finish.sql).

    `event` is the entry for the delivery history. The other fields are those of `NextState` and `Outcome`.
    """

    delivery_id: UUID
    claim_no: int
    event: str
    next_status: Status
    delay_seconds: float | None
    give_back: bool
    permanent: bool
    code: str | None
    detail: str | None
    provider_message_ids: tuple[str, ...]
    gone_device_ids: tuple[UUID, ...]


_SENT = NextState("sent")


def finish_row(
    settings: DeliverSettings, delivery: ClaimedDelivery, outcome: Outcome, report: ChannelReport | None
) -> FinishRow:
    """Return the row that records an outcome; `report` is the batch's report on the delivery's channel, if any."""
    state = next_state(settings, delivery, outcome, report)
    # A send that the worker did not start gives no news of the provider, so the history counts it as a throttle.
    event = OutcomeKind.THROTTLED if outcome.kind is OutcomeKind.NOT_BEGUN else outcome.kind
    return FinishRow(
        delivery_id=delivery.delivery_id,
        claim_no=delivery.claim_no,
        event=event.value,
        next_status=state.status,
        delay_seconds=state.delay_seconds,
        give_back=state.give_back,
        permanent=state.permanent,
        code=outcome.code,
        detail=outcome.detail,
        provider_message_ids=outcome.provider_message_ids,
        gone_device_ids=outcome.gone_device_ids,
    )


def next_state(
    settings: DeliverSettings, delivery: ClaimedDelivery, outcome: Outcome, report: ChannelReport | None
) -> NextState:
    """Return the state that follows an outcome. Delays are random: two calls differ."""
    match outcome.kind:
        case OutcomeKind.SENT:
            return _SENT
        case OutcomeKind.UNKNOWN:
            # No second request: the provider's event settles the delivery, or the stuck reset sends it again.
            return NextState("sending")
        case OutcomeKind.REJECTED | OutcomeKind.GONE:
            return NextState("failed", permanent=True)
        case OutcomeKind.THROTTLED:
            delay = backoff.throttle_delay(settings, outcome.pause_seconds, delivery.throttles)
            return NextState("pending", delay, give_back=True)
        case OutcomeKind.NOT_BEGUN:
            return NextState("pending", 0.0, give_back=True)
        case OutcomeKind.RETRY if report is not None and report.out and outcome.reached is False:
            # The provider is out and certainly did not accept the delivery: the attempt does not count.
            return NextState("pending", backoff.outage_delay(report.seconds), give_back=True)
        case OutcomeKind.RETRY if delivery.attempts >= delivery.max_attempts:
            return NextState("failed")
        case OutcomeKind.RETRY:
            return NextState("pending", backoff.retry_delay(settings, delivery.attempts))
