"""Claim deliveries and finish them: one statement each, for a whole batch."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from aws_lambda_powertools import Logger
from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, TypeAdapter

from carillon.database.connection import Database
from carillon.deliveries import backoff, outages
from carillon.deliveries.outages import Report
from carillon.errors import Unavailable
from carillon.models.delivery import Channel, ClaimedDelivery, Dispatch, Outcome, OutcomeKind
from carillon.settings import DeliverSettings

logger = Logger(child=True)

EARLY_SECONDS = 5  # due within it is due


class Claim(BaseModel):
    """What claiming one delivery found.

    `claimed`: it is in our hands. `skipped`: claimed, and nothing was left to send, for the reason. `exhausted`:
    failed, its attempts used up, so that its message belongs to the dead-letter queue. `paused`: held back, and due
    again later. `settled`: nothing to do (sent, skipped, failed for good, in other hands, or not due). `not_found`: no
    such delivery.
    """

    model_config = ConfigDict(hide_input_in_errors=True)  # an address is among it

    delivery_id: UUID
    state: Literal["claimed", "skipped", "exhausted", "paused", "settled", "not_found"]
    status: str | None
    channel: Channel | None
    claim_no: int | None
    reason: str | None
    delivery: ClaimedDelivery | None


_CLAIMS = TypeAdapter(list[Claim])


def claim(database: Database, settings: DeliverSettings, messages: Mapping[UUID, datetime]) -> list[Claim]:
    """Take deliveries into this worker's hands, and read all that sending them needs: one round trip.

    `messages` says when SQS received the message of each delivery: a failed delivery is revived only by a message
    younger than its end.

    Raises:
        Unavailable: the database does not answer.
    """
    row = database.row(
        "deliveries/claim",
        {
            "ids": list(messages),
            "sent_at": list(messages.values()),
            "settings": Jsonb(settings.for_sql()),
            "early": EARLY_SECONDS,
        },
    )
    return _CLAIMS.validate_python(row["answer"] if row else [])


@dataclass(frozen=True, slots=True)
class Finished:
    """What a delivery's row says after its outcome: `written` is false for a lease that was lost."""

    delivery_id: UUID
    written: bool
    status: str | None


def finish(
    database: Database,
    settings: DeliverSettings,
    outcomes: Sequence[tuple[ClaimedDelivery, Outcome]],
    deadline: float,
) -> tuple[list[Finished], list[Dispatch]]:
    """Write a batch's outcomes, fenced by `claim_no`, and return them with what is to be dispatched anew.

    A message has left by now: losing its outcome means sending it again. So a database error is retried until
    `deadline` (`time.monotonic()` seconds).

    Raises:
        Unavailable: the database did not come back in time. The stuck reset repairs what is left.
    """
    reports = outages.reports(settings, outcomes)
    parameters = {
        "results": Jsonb([_result(settings, each, outcome, reports.get(each.channel)) for each, outcome in outcomes]),
        "dispatch_ahead": settings.dispatch_ahead_seconds,
        "reports": Jsonb([report.for_sql() for report in reports.values()]),
    }
    pause = 0.1
    while True:
        try:
            rows = database.rows("deliveries/finish", parameters)
            break
        except Unavailable:
            if time.monotonic() + pause >= deadline:
                raise
            logger.warning("finish_repeated", extra={"count": len(outcomes)})
            time.sleep(pause)
            pause = min(pause * 2, 2.0)
    dispatch = [
        Dispatch(delivery_id=row["delivery_id"], delay_seconds=row["delay_seconds"])
        for row in rows
        if row["delay_seconds"] is not None
    ]
    return [Finished(row["delivery_id"], row["written"], row["status"]) for row in rows], dispatch


def _result(
    settings: DeliverSettings, delivery: ClaimedDelivery, outcome: Outcome, report: Report | None
) -> dict[str, object]:
    """One row of the finish statement: the table of outcomes of docs/architecture.md."""
    delay: float | None = None
    give_back = outcome.kind in (OutcomeKind.THROTTLED, OutcomeKind.NOT_BEGUN)
    match outcome.kind:
        case OutcomeKind.SENT:
            status = "sent"
        case OutcomeKind.UNKNOWN:
            # No second request: the provider's event settles it, or the stuck reset sends it again.
            status = "sending"
        case OutcomeKind.REJECTED | OutcomeKind.GONE:
            status = "failed"
        case OutcomeKind.RETRY if report is not None and report.out and outcome.reached is False:
            # Its provider is out, and surely did not accept it: not its fault.
            status, delay, give_back = "pending", backoff.outage_delay(report.seconds), True
        case OutcomeKind.RETRY if delivery.attempts >= delivery.max_attempts:
            status = "failed"
        case OutcomeKind.RETRY:
            status, delay = "pending", backoff.retry_delay(settings, delivery.attempts)
        case OutcomeKind.THROTTLED:
            status, delay = "pending", backoff.throttle_delay(settings, outcome.pause_seconds, delivery.throttles)
        case OutcomeKind.NOT_BEGUN:
            status, delay = "pending", 0.0
    return {
        "delivery_id": str(delivery.delivery_id),
        "claim_no": delivery.claim_no,
        # A send that was not begun is no news either: it is counted with the throttles.
        "event": "throttled" if outcome.kind is OutcomeKind.NOT_BEGUN else outcome.kind.value,
        "next_status": status,
        "delay_seconds": delay,
        "give_back": give_back,
        "permanent": outcome.kind in (OutcomeKind.REJECTED, OutcomeKind.GONE),
        "code": outcome.code,
        "detail": outcome.detail,
        "provider_message_ids": list(outcome.provider_message_ids),
        "gone_device_ids": [str(device_id) for device_id in outcome.gone_device_ids],
    }
