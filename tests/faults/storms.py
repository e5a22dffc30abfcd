"""The storms: which faults, and how often. A rate is the probability for one message, email or statement."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.faults import cloud, provider, queue
from tests.faults.seams import LISTENER_SEAMS, PRODUCER_SEAMS, REAPER_SEAMS, REPLIES_LOST, WORKER_SEAMS

RESTART = "PostgreSQL stopped at once, and restarted"
BACKLOG = "no consumer receives for 6 s"
REAPERS = "two reapers at the same moment"
TIMED_OUT = "function killed at its timeout"
CLOCK = "process with a clock wrong by up to 10 min"
REPLY = "PostgreSQL's answer lost: "


def killed(seam: str) -> str:
    """Return the name of the fault that kills a process at this seam."""
    names = {
        "received": "worker killed: received, not claimed",
        "claimed": "worker killed: claimed, nothing sent",
        "sending": "worker killed: some of a batch sent",
        "accepted": "worker killed: accepted, not finished",
        "finished": "worker killed: finished, not dispatched again",
        "dispatched": "worker killed: dispatched again, not acknowledged",
        "reset": "reaper killed: reset, not dispatched",
        "taken": "reaper killed: due deliveries taken, not dispatched",
        "redispatching": "reaper killed: lost deliveries taken, not dispatched",
        "recorded": "create killed: recorded, not dispatched",
        "event": "provider_events killed: recorded, not acknowledged",
    }
    return names[seam]


def reply_lost(statement: str) -> str:
    """Return the name of the fault that loses the answer to a statement, such as `deliveries/claim`."""
    return REPLY + statement.rpartition("/")[2]


@dataclass(frozen=True)
class Storm:
    """One storm. `share` is its part of all deliveries.

    It lasts until every kind of fault was injected and most deliveries have ended, but at most `longest_seconds` after
    it has its number of deliveries. `waits`: after the storm, digests become due at their own time; without it, the
    storm makes them due, which saves a minute or two. `events`: the provider sends events about accepted emails.
    `every_event`: no event is late or lost, so nothing may be sent twice.
    """

    name: str
    share: float
    rates: Mapping[str, float] = field(default_factory=dict[str, float])
    seams: tuple[str, ...] = ()
    replies_lost: float = 0
    skewed: bool = False
    restarts: int = 0
    backlogs: int = 0
    outages: int = 0
    waits: bool = False
    events: bool = False
    every_event: bool = False
    longest_seconds: float = 150

    @property
    def kinds(self) -> set[str]:
        """The kinds of faults that the storm must inject at least once."""
        kinds = set(self.rates) | {killed(seam) for seam in self.seams} | {REAPERS}
        for kind, wanted in (
            (CLOCK, self.skewed), (RESTART, self.restarts), (BACKLOG, self.backlogs), (cloud.AWAY, self.outages)
        ):  # fmt: skip
            if wanted:
                kinds.add(kind)
        if self.replies_lost:
            kinds |= {reply_lost(name) for name in REPLIES_LOST if self.events or name != "feedback/record"}
        return kinds


_QUEUE = {
    queue.DROPPED: 0.03,
    queue.DUPLICATED: 0.05,
    queue.REFUSED: 0.03,
    queue.SKEWED: 0.1,
    queue.KEPT: 0.03,
    cloud.LOST_REPLY: 0.02,
}
_PROVIDER = {
    provider.SLOW: 0.02,
    provider.HANGS: 0.004,
    provider.FAILS: 0.02,
    provider.FAILS_AFTER: 0.01,
    provider.THROTTLES: 0.03,
    provider.REFUSES: 0.005,
    provider.DENIES: 0.01,
    provider.RESETS: 0.01,
    provider.DIES_AFTER: 0.01,
}
_EVENTS = {provider.EVENT_LOST: 0.05, provider.EVENT_LATE: 0.05, provider.EVENT_TWICE: 0.1}
# The provider accepts the email, but the worker gets no such answer.
_ACCEPTED_UNANSWERED = {provider.FAILS_AFTER: 0.04, provider.DIES_AFTER: 0.04, provider.HANGS: 0.02}
_SEAMS = (*WORKER_SEAMS, *REAPER_SEAMS, *PRODUCER_SEAMS)

STORMS = (
    # Refused and dropped messages give reapers work, so that they reach their seams. Throttling gives workers
    # deliveries to dispatch again; a rate of 1 in 20 would lower the channel's send rate too far.
    Storm("killed", 0.2, {queue.DROPPED: 0.05, queue.REFUSED: 0.05, provider.THROTTLES: 0.04}, seams=_SEAMS),
    Storm("queue", 0.15, _QUEUE, skewed=True, backlogs=1),
    Storm("provider", 0.15, _PROVIDER, outages=2),
    Storm("database", 0.1, replies_lost=0.08, restarts=3),
    # A worker dies after the provider accepted its email. The event then settles the delivery: it is sent once.
    Storm(
        "events", 0.2, _ACCEPTED_UNANSWERED | {provider.EVENT_TWICE: 0.1},
        seams=("sending", "accepted", *LISTENER_SEAMS), events=True, every_event=True,
    ),
    Storm(
        "all at once", 0.2, {kind: rate / 2 for kind, rate in (_QUEUE | _PROVIDER | _EVENTS).items()},
        seams=(*_SEAMS, *LISTENER_SEAMS), replies_lost=0.05, skewed=True, restarts=1, backlogs=1, outages=1, waits=True,
        events=True,
    ),
)  # fmt: skip
