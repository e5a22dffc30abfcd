"""Claim deliveries and finish them: one statement each, for a whole batch."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, TypeAdapter

from carillon.database.connection import Database
from carillon.deliveries import circuit_breaker
from carillon.deliveries.circuit_breaker import ChannelReport
from carillon.deliveries.outcomes import FinishRow, finish_row
from carillon.models.channel import Channel
from carillon.models.delivery import ClaimedDelivery, Dispatch, Outcome
from carillon.settings import DeliverSettings

CLAIM_AHEAD_SECONDS = 5  # a claim takes what is due within this: a message may arrive a little early


class Claim(BaseModel):
    """The result of claiming one delivery.

    `state` is one of these:

    - `claimed`: this worker owns the delivery and must send it.
    - `skipped`: claimed, but no item is left to send, for the `reason`.
    - `exhausted`: failed, with no attempts left. Its message belongs in the dead-letter queue.
    - `paused`: deferred, and due again later.
    - `settled`: nothing to do. It is sent, skipped, failed for good, claimed by another worker, or not due.
    - `not_found`: the delivery does not exist.
    """

    model_config = ConfigDict(hide_input_in_errors=True)  # the input holds an address

    delivery_id: UUID
    state: Literal["claimed", "skipped", "exhausted", "paused", "settled", "not_found"]
    status: str | None
    channel: Channel | None
    claim_no: int | None
    reason: str | None
    delivery: ClaimedDelivery | None


_CLAIMS = TypeAdapter(list[Claim])
_RESULTS = TypeAdapter(list[FinishRow])


def claim(database: Database, settings: DeliverSettings, messages: Mapping[UUID, datetime]) -> list[Claim]:
    """Claim deliveries for this worker and read all that sending them needs, in one round trip.

    `messages` maps each delivery to the time when SQS received its message. A failed delivery is claimed again only if
    its message is younger than its failure. No attempt to claim begins after `patience_seconds`.

    Raises:
        Unavailable: the database does not answer.
    """
    [row] = database.rows_until(
        time.monotonic() + settings.patience_seconds,
        "deliveries/claim",
        {
            "ids": list(messages),
            "sent_at": list(messages.values()),
            "settings": settings.for_all_events,
            "early": CLAIM_AHEAD_SECONDS,
        },
    )
    return _CLAIMS.validate_json(row["answer"])


@dataclass(slots=True)  # not frozen, as FinishRow
class Finished:
    """A delivery's row after its outcome. `written` is false if the worker had lost its lease."""

    delivery_id: UUID
    written: bool
    status: str | None


@dataclass(frozen=True, slots=True)
class FinishedBatch:
    """The result of finishing a batch.

    `dispatch` lists the deliveries that must be sent to the queue again. `reports` holds what the finish reported on
    the channels' providers.
    """

    finished: list[Finished]
    dispatch: list[Dispatch]
    reports: list[ChannelReport]


def finish(
    database: Database,
    settings: DeliverSettings,
    outcomes: Sequence[tuple[ClaimedDelivery, Outcome]],
    deadline: float,
) -> FinishedBatch:
    """Write a batch's outcomes, fenced by `claim_no`.

    The emails and pushes are already sent. If an outcome is lost, Carillon sends its delivery again. So a database
    error is retried until `deadline` (`time.monotonic()` seconds).

    Raises:
        Unavailable: the database did not answer in time. The stuck reset repairs the deliveries.
    """
    reports = circuit_breaker.reports(settings, outcomes)
    results = [finish_row(settings, each, outcome, reports.get(each.channel)) for each, outcome in outcomes]
    parameters = {
        "results": _RESULTS.dump_json(results).decode(),
        "dispatch_ahead": settings.dispatch_ahead_seconds,
        "reports": Jsonb([report.for_sql() for report in reports.values()]),
    }
    rows = database.rows_until(deadline, "deliveries/finish", parameters)
    return FinishedBatch(
        finished=[Finished(row["delivery_id"], row["written"], row["status"]) for row in rows],
        dispatch=[Dispatch.model_validate(row) for row in rows if row["delay_seconds"] is not None],
        reports=list(reports.values()),
    )
