"""Work off one batch of queue messages: claim, send, finish, dispatch anew.

What is reported back to SQS is only what must reach the dead-letter queue, or what nobody could look at. Retries
wait in the table, not in flight: the row is the only retry.
"""

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from aws_lambda_powertools import Logger

from carillon.aws.queue import VisibilityTimeouts, outage_seconds
from carillon.channels import Sender
from carillon.database.connection import Database
from carillon.deliveries import outages, store
from carillon.deliveries.dispatch import Dispatcher
from carillon.errors import CarillonError
from carillon.models.delivery import Channel, ClaimedDelivery, Outcome, OutcomeKind
from carillon.settings import DeliverSettings

logger = Logger(child=True)

PARALLEL = 10


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the queue. `delivery_id` is None when the body is not one of ours."""

    message_id: str
    receipt_handle: str
    receive_count: int
    sent_at: datetime
    delivery_id: UUID | None


def parse_body(body: str) -> UUID | None:
    """The delivery id of a message's body, or None when it holds none."""
    try:
        return UUID(json.loads(body)["delivery_id"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


@dataclass(frozen=True, slots=True)
class Worked:
    """What became of a batch: the ids of the messages to report, how often each outcome came (in all, and on each
    channel), and how many milliseconds after it was to leave each delivery was sent."""

    reported: list[str] = field(default_factory=list[str])
    counts: Counter[str] = field(default_factory=Counter[str])
    by_channel: Counter[tuple[Channel, str]] = field(default_factory=Counter[tuple[Channel, str]])
    sent_after_ms: list[tuple[Channel, int]] = field(default_factory=list[tuple[Channel, int]])

    def count(self, event: str, channel: Channel | None) -> None:
        """One more delivery to which this happened."""
        self.counts[event] += 1
        if channel is not None:
            self.by_channel[channel, event] += 1


class Worker:
    """Works off batches. One for a container: it keeps the connections."""

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

    def work(self, messages: Sequence[Message], deadline: float) -> Worked:
        """Work off a batch before `deadline` (`time.monotonic()` seconds)."""
        worked = Worked()
        started = time.monotonic()
        malformed = [message for message in messages if message.delivery_id is None]
        newest: dict[UUID, datetime] = {}
        for message in messages:
            if message.delivery_id is not None:
                newest[message.delivery_id] = max(message.sent_at, newest.get(message.delivery_id, message.sent_at))
        try:
            claims = store.claim(self._database, self._settings, newest) if newest else []
        except CarillonError as error:
            logger.error("claim_failed", extra={"count": len(newest), "error": error.code})
            worked.counts["claim_failed"] = len(newest)
            self._visibility.set([(message, outage_seconds(message)) for message in messages])
            worked.reported.extend(message.message_id for message in messages)
            return worked

        exhausted = {each.delivery_id for each in claims if each.state == "exhausted"}
        for each in claims:
            if each.delivery is None:
                _log(each.state, each, status=each.status, code=each.reason)
                worked.count(each.state, each.channel)
            else:
                _log("claimed", each.delivery, items=each.delivery.item_count, probe=each.delivery.failed_probes)
        claimed = [each.delivery for each in claims if each.delivery is not None]
        if claimed:
            exhausted |= self._send_and_finish(claimed, started, deadline, worked)

        reported = malformed + [message for message in messages if message.delivery_id in exhausted]
        if malformed:
            worked.counts["not_a_delivery"] = len(malformed)
        for message in malformed:
            logger.error("not_a_delivery", extra={"message_id": message.message_id})
        # Nothing is gained by waiting: the redrive policy counts receives, and moves it after the last.
        self._visibility.set([(message, 0) for message in reported])
        worked.reported.extend(message.message_id for message in reported)
        return worked

    def _send_and_finish(
        self, claimed: Sequence[ClaimedDelivery], started: float, deadline: float, worked: Worked
    ) -> set[UUID]:
        """Send each delivery, write the outcomes, dispatch what waits; return the deliveries that used up theirs."""
        # No send is begun that could not be finished and written down: connect, then read, then the database.
        last_start = deadline - 2 * self._settings.send_timeout_seconds - self._settings.connect_timeout_seconds
        with ThreadPoolExecutor(min(PARALLEL, len(claimed))) as pool:
            outcomes = list(pool.map(partial(self._send, last_start=last_start), claimed))
        sent = list(zip(claimed, outcomes, strict=True))
        try:
            finished, dispatch = store.finish(self._database, self._settings, sent, deadline - 1)
        except CarillonError as error:
            # Their leases run out, and the reaper puts them back; for those sent, the provider's event comes first.
            logger.error("finish_failed", extra={"count": len(sent), "error": error.code})
            return set()
        self._dispatcher.dispatch(dispatch)
        for report in outages.reports(self._settings, sent).values():
            if report.out is None:
                continue
            worked.by_channel[report.channel, "outage" if report.out else "back"] += 1
            logger.warning("provider_out" if report.out else "provider_back", extra=report.for_sql())

        used_up: set[UUID] = set()
        rows = {row.delivery_id: row for row in finished}
        for delivery, outcome in sent:
            row = rows[delivery.delivery_id]
            # A claim that a provider's event has settled meanwhile is normal; any other loss is worth a look.
            event = outcome.kind.value if row.written or row.status == "sent" else "lease_lost"
            worked.count(event, delivery.channel)
            took: dict[str, int] = {}
            if event == "sent" and delivery.waited_ms is not None:
                took = {"sent_after_ms": delivery.waited_ms + round((time.monotonic() - started) * 1000)}
                worked.sent_after_ms.append((delivery.channel, took["sent_after_ms"]))
            _log(event, delivery, status=row.status, code=outcome.code, items=delivery.item_count, **took)
            if row.written and row.status == "failed" and outcome.kind is OutcomeKind.RETRY:
                used_up.add(delivery.delivery_id)
        return used_up

    def _send(self, delivery: ClaimedDelivery, last_start: float) -> Outcome:
        if time.monotonic() > last_start:
            return Outcome(OutcomeKind.NOT_BEGUN, "no_time_left")
        try:
            return self._senders[delivery.channel].send(delivery)
        except Exception as error:  # noqa: BLE001 (the outcomes of its batch mates must not be lost with it)
            logger.error("send_raised", extra={"delivery_id": str(delivery.delivery_id), "error": type(error).__name__})
            return Outcome(OutcomeKind.UNKNOWN, "send_raised", type(error).__name__)


def _log(event: str, about: ClaimedDelivery | store.Claim, **fields: object) -> None:
    """One line per change of state: ids and codes only."""
    ids = {"delivery_id": str(about.delivery_id), "channel": about.channel, "claim_no": about.claim_no}
    said = {name: value for name, value in fields.items() if value is not None}
    logger.info(f"delivery_{event}", extra=ids | said)
