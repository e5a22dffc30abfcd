"""Process one batch of queue messages: claim, send, finish, and dispatch again.

A message is reported to SQS as failed only if it must reach the dead-letter queue, or if the database did not answer.
All other messages are acknowledged. A retry is a row that is due later, not a message that SQS shows again.
"""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from aws_lambda_powertools import Logger

from carillon.aws.queue import VisibilityTimeouts, outage_seconds
from carillon.channels import Sender
from carillon.database.connection import Database
from carillon.deliveries import store
from carillon.deliveries.batch import BatchResult, Event, Message
from carillon.deliveries.circuit_breaker import ChannelReport
from carillon.deliveries.dispatch import Dispatcher
from carillon.errors import CarillonError
from carillon.models.channel import Channel
from carillon.models.delivery import ClaimedDelivery, Outcome, OutcomeKind
from carillon.settings import DeliverSettings

logger = Logger(child=True)

PARALLEL = 10  # sends at once
FINISH_MARGIN_SECONDS = 1  # from the last attempt to finish until the deadline

Sent = Sequence[tuple[ClaimedDelivery, Outcome]]


class Worker:
    """Processes batches. A container has one worker, which keeps the connections."""

    def __init__(
        self,
        settings: DeliverSettings,
        database: Database,
        dispatcher: Dispatcher,
        senders: Mapping[Channel, Sender],
        sqs: Any | None = None,
    ) -> None:
        self._settings = settings
        self._database = database
        self._dispatcher = dispatcher
        self._senders = senders
        self._visibility = VisibilityTimeouts(settings.queue_url, sqs)

    def work(self, messages: Sequence[Message], deadline: float) -> BatchResult:
        """Process a batch before `deadline` (`time.monotonic()` seconds)."""
        started = time.monotonic()
        newest = _newest(messages)
        try:
            claims = store.claim(self._database, self._settings, newest) if newest else []
        except CarillonError as error:
            logger.error("claim_failed", extra={"count": len(newest), "error": error.code})
            self._visibility.set([(message, outage_seconds(message)) for message in messages])
            return BatchResult([message.message_id for message in messages], [Event("claim_failed")] * len(newest))

        events = _log_claims(claims)
        exhausted = {claim.delivery_id for claim in claims if claim.state == "exhausted"}
        claimed = [claim.delivery for claim in claims if claim.delivery is not None]
        if claimed:
            sent_events, used_up = self._send_and_finish(claimed, started, deadline)
            events += sent_events
            exhausted |= used_up

        malformed = [message for message in messages if message.delivery_id is None]
        for message in malformed:
            logger.error("not_a_delivery", extra={"message_id": message.message_id})
            events.append(Event("not_a_delivery"))
        reported = malformed + [message for message in messages if message.delivery_id in exhausted]
        # Visible at once: the redrive policy counts receives and moves a message after the last, so waiting is useless.
        self._visibility.set([(message, 0) for message in reported])
        return BatchResult([message.message_id for message in reported], events)

    def _send_and_finish(
        self, claimed: Sequence[ClaimedDelivery], started: float, deadline: float
    ) -> tuple[list[Event], set[UUID]]:
        """Send deliveries, write the outcomes and dispatch again.

        Return the events, and the ids of the deliveries that failed on their last attempt.
        """
        sent = self._send_all(claimed, deadline)
        try:
            batch = store.finish(self._database, self._settings, sent, deadline - FINISH_MARGIN_SECONDS)
        except CarillonError as error:
            # The leases run out, and the reaper resets the deliveries. A provider event settles those sent before that.
            logger.error("finish_failed", extra={"count": len(sent), "error": error.code})
            return [], set()
        self._dispatcher.dispatch(batch.dispatch)
        rows = {row.delivery_id: row for row in batch.finished}
        events = _log_reports(batch.reports) + _log_outcomes(sent, rows, started)
        used_up = {delivery.delivery_id for delivery, outcome in sent if _used_up(outcome, rows[delivery.delivery_id])}
        return events, used_up

    def _send_all(self, claimed: Sequence[ClaimedDelivery], deadline: float) -> Sent:
        """Send deliveries in parallel. Start no send that could not end, and be written, before the deadline."""
        # A send takes at most its timeout twice: to connect, then to read. The finish may have to connect as well.
        last_start = deadline - 2 * self._settings.send_timeout_seconds - self._settings.connect_timeout_seconds
        with ThreadPoolExecutor(min(PARALLEL, len(claimed))) as pool:
            outcomes = list(pool.map(partial(self._send, last_start=last_start), claimed))
        return list(zip(claimed, outcomes, strict=True))

    def _send(self, delivery: ClaimedDelivery, last_start: float) -> Outcome:
        if time.monotonic() > last_start:
            return Outcome(OutcomeKind.NOT_BEGUN, "no_time_left")
        try:
            return self._senders[delivery.channel].send(delivery)
        except Exception as error:  # noqa: BLE001 (an error here must not lose the other outcomes of the batch)
            logger.error("send_raised", extra={"delivery_id": str(delivery.delivery_id), "error": type(error).__name__})
            return Outcome(OutcomeKind.UNKNOWN, "send_raised", type(error).__name__)


def _newest(messages: Sequence[Message]) -> dict[UUID, datetime]:
    """Return each delivery once, with the time of its newest message: SQS may deliver a message more than once."""
    newest: dict[UUID, datetime] = {}
    for message in messages:
        if message.delivery_id is not None:
            newest[message.delivery_id] = max(message.sent_at, newest.get(message.delivery_id, message.sent_at))
    return newest


def _used_up(outcome: Outcome, row: store.Finished) -> bool:
    """Return whether a delivery failed on its last attempt, so that its message belongs in the dead-letter queue."""
    return outcome.kind is OutcomeKind.RETRY and row.written and row.status == "failed"


def _log_claims(claims: Sequence[store.Claim]) -> list[Event]:
    """Log each claim. Return the events of the deliveries that are not sent."""
    events: list[Event] = []
    for claim in claims:
        if claim.delivery is not None:
            _log("claimed", claim.delivery, items=claim.delivery.item_count, probe=claim.delivery.failed_probes)
        elif claim.state != "claimed":
            _log(claim.state, claim, status=claim.status, code=claim.reason)
            events.append(Event(claim.state, claim.channel))
    return events


def _log_reports(reports: Sequence[ChannelReport]) -> list[Event]:
    """Log each circuit breaker that opened or closed, and return the events."""
    events: list[Event] = []
    for report in reports:
        if report.out is not None:
            logger.warning("provider_out" if report.out else "provider_back", extra=report.for_sql())
            events.append(Event("outage" if report.out else "back", report.channel))
    return events


def _log_outcomes(sent: Sent, rows: Mapping[UUID, store.Finished], started: float) -> list[Event]:
    """Log each outcome and return the events."""
    events: list[Event] = []
    for delivery, outcome in sent:
        row = rows[delivery.delivery_id]
        # A lost lease is normal if a provider event has settled the delivery. Otherwise it is an event of its own.
        name = outcome.kind.value if row.written or row.status == "sent" else "lease_lost"
        sent_after_ms: int | None = None
        if name == "sent" and delivery.waited_ms is not None:
            sent_after_ms = delivery.waited_ms + round((time.monotonic() - started) * 1000)
        events.append(Event(name, delivery.channel, sent_after_ms))
        _log(
            name,
            delivery,
            status=row.status,
            code=outcome.code,
            items=delivery.item_count,
            sent_after_ms=sent_after_ms,
        )
    return events


def _log(event: str, subject: ClaimedDelivery | store.Claim, **fields: object) -> None:
    """Log one change of state: ids and codes only, without fields that are None."""
    ids = {"delivery_id": str(subject.delivery_id), "channel": subject.channel, "claim_no": subject.claim_no}
    known = {name: value for name, value in fields.items() if value is not None}
    logger.info(f"delivery_{event}", extra=ids | known)
