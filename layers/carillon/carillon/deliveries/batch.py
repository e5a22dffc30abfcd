"""One batch of the queue: its messages, and its result with the metrics of CloudWatch."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

from aws_lambda_powertools.metrics import MetricUnit

from carillon.models.channel import Channel

EventName = Literal[
    # The outcome of a send (OutcomeKind), or a send whose outcome came after the stuck reset.
    "sent",
    "retry",
    "throttled",
    "rejected",
    "gone",
    "unknown",
    "not_begun",
    "lease_lost",
    # A delivery that the worker did not send (Claim.state).
    "skipped",
    "exhausted",
    "paused",
    "settled",
    "not_found",
    # A message that is not Carillon's, or a delivery that the database could not claim.
    "not_a_delivery",
    "claim_failed",
    # A channel's circuit breaker opened, or closed.
    "outage",
    "back",
]

# docs/architecture.md#metrics-and-logs explains these. An event with a channel also counts in `Email…` or `Push…`.
METRICS: Mapping[EventName, str] = {
    "sent": "Sent",
    "retry": "Retry",
    "throttled": "Throttled",
    "rejected": "Rejected",
    "gone": "Gone",
    "unknown": "Unknown",
    "not_begun": "NotBegun",
    "lease_lost": "LeaseLost",
    "skipped": "Skipped",
    "exhausted": "Exhausted",
    "paused": "Paused",
    "settled": "Settled",
    "not_found": "NotFound",
    "not_a_delivery": "NotADelivery",
    "claim_failed": "ClaimFailed",
    "outage": "Outage",
    "back": "Back",
}
CHANNEL_ONLY: frozenset[EventName] = frozenset({"outage", "back"})  # these have no metric for all channels
SENT_AFTER = "SentAfter"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the queue. `delivery_id` is None if the body is not Carillon's."""

    message_id: str
    receipt_handle: str
    receive_count: int
    sent_at: datetime
    delivery_id: UUID | None


def parse_body(body: str) -> UUID | None:
    """Return the delivery id in a message's body, or None if the body has none."""
    try:
        return UUID(json.loads(body)["delivery_id"])
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a batch: on a delivery, a message or a channel.

    `sent_after_ms`: the milliseconds from when the delivery became due until it was sent.
    """

    name: EventName
    channel: Channel | None = None
    sent_after_ms: int | None = None


class Metric(NamedTuple):
    """One value of a metric."""

    name: str
    value: int
    unit: MetricUnit = MetricUnit.Count


@dataclass(frozen=True, slots=True)
class BatchResult:
    """The result of a batch: the ids of the messages to report to SQS as failed, and the events."""

    reported: list[str]
    events: list[Event]

    @property
    def counts(self) -> Counter[EventName]:
        """The number of each event, on all channels together."""
        return Counter(event.name for event in self.events if event.name not in CHANNEL_ONLY)

    @property
    def by_channel(self) -> Counter[tuple[Channel, EventName]]:
        """The number of each event on each channel."""
        return Counter((event.channel, event.name) for event in self.events if event.channel is not None)

    @property
    def sent_after_ms(self) -> list[tuple[Channel, int]]:
        """For each delivery sent: the milliseconds from when it became due."""
        return [
            (event.channel, event.sent_after_ms)
            for event in self.events
            if event.channel is not None and event.sent_after_ms is not None
        ]

    def metrics(self) -> Iterator[Metric]:
        """Return the values to publish."""
        for name, count in self.counts.items():
            yield Metric(METRICS[name], count)
        # The channel is part of the name: as a dimension, each channel would need a log line of its own.
        for (channel, name), count in self.by_channel.items():
            yield Metric(channel.capitalize() + METRICS[name], count)
        for channel, milliseconds in self.sent_after_ms:
            yield Metric(channel.capitalize() + SENT_AFTER, milliseconds, MetricUnit.Milliseconds)
