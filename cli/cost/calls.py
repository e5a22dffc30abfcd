"""The calls that the actions cause: the one place with the number of requests of each action.

`tests/integration/operations/test_cost_calls.py` and `tests/e2e/test_cost_devstack.py` count the same calls, and
compare.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from cli.cost import stacks
from cli.cost.usage import Actions

# AWS keeps five pollers for each queue, because the template sets a maximum concurrency. Each asks again after 20 s
# without a message: Lambda developer guide, "Configuring scaling behavior for SQS event source mappings".
POLLERS = 5
LONG_POLL_SECONDS = 20
EVENTS_PER_EMAIL = 2  # SEND and DELIVERY; bounces, complaints and delays are rare
SQS_BATCH = 10  # the most messages that one request to SQS sends, receives or deletes
REQUESTS_PER_READ = 2  # the bell marks, and then asks for the feed again


@dataclass(frozen=True, slots=True, kw_only=True)
class SqsCalls:
    """Requests to SQS, by their kind."""

    send: float  # SendMessageBatch by create, deliver and reaper
    receive: float  # ReceiveMessage by Lambda, with messages
    delete: float  # DeleteMessageBatch by Lambda
    receive_nothing: float  # ReceiveMessage by Lambda, without messages
    depth: float  # GetQueueAttributes by the reaper
    event_send: float  # SendMessage by SNS
    event_receive: float
    event_delete: float

    @property
    def total(self) -> float:
        """All requests."""
        deliveries = self.send + self.receive + self.delete
        return deliveries + self.receive_nothing + self.depth + self.event_send + self.event_receive + self.event_delete


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """All calls that the actions cause. `invocations` are by function."""

    api_requests: float
    preflights: float  # of the API requests: those that API Gateway answers itself
    invocations: Mapping[str, float]
    sqs: SqsCalls
    sns_publishes: float
    sns_pushes: float
    ses_emails: float


def calls_of(actions: Actions) -> Calls:
    """Return the calls of the actions."""
    sends = _sends(actions)
    events = actions.emails * EVENTS_PER_EMAIL
    event_batches = _event_batches(events, actions.seconds)
    event_requests = max(event_batches, events / SQS_BATCH)
    reaper_runs = actions.seconds / stacks.REAPER_SECONDS
    reads = actions.polls + actions.reads * REQUESTS_PER_READ
    preflights = actions.polls * min(1.0, actions.poll_seconds / stacks.PREFLIGHT_SECONDS)
    empty = POLLERS * stacks.QUEUES_WITH_SOURCE * actions.seconds / LONG_POLL_SECONDS
    return Calls(
        api_requests=actions.creates + reads + actions.contacts + preflights,
        preflights=preflights,
        invocations={
            "create": actions.creates,
            "read": reads,
            "recipients": actions.contacts,
            "deliver": sends,
            "provider_events": event_batches,
            "reaper": reaper_runs,
        },
        sqs=SqsCalls(
            send=sends,
            receive=sends,
            delete=sends,
            receive_nothing=empty,
            depth=reaper_runs,
            event_send=events,
            event_receive=event_requests,
            event_delete=event_requests,
        ),
        sns_publishes=events,
        sns_pushes=actions.pushes,
        ses_emails=actions.emails,
    )


def _sends(actions: Actions) -> float:
    """Return the number of batches in which deliveries go to the queue. Each is one receive and one run of deliver.

    The deliveries of one request go together: those of all its recipients, on both channels.
    """
    deliveries = actions.emails + actions.pushes
    if not deliveries:
        return 0
    channels = deliveries / max(actions.emails, actions.pushes)
    together = max(channels, deliveries / actions.creates) if actions.creates else channels
    return deliveries * math.ceil(together / stacks.DELIVERY_BATCH) / together


def _event_batches(events: float, seconds: float) -> float:
    """Return the number of runs of provider_events. The first event of a batch waits two seconds for others."""
    if not events:
        return 0
    rate = events / seconds
    return max(events / (1 + rate * stacks.EVENT_WINDOW_SECONDS), events / stacks.EVENT_BATCH)
