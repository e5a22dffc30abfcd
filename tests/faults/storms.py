"""The storms: which faults, how often. Rates are per chance: a message sent, an email, a statement."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.faults import cloud, provider, queue
from tests.faults.seams import LISTENER_SEAMS, PRODUCER_SEAMS, REAPER_SEAMS, WORKER_SEAMS

RESTART = "PostgreSQL stopped at once, and restarted"
BACKLOG = "a backlog stands for 6 s"
REAPERS = "two reapers at the same moment"
TIMED_OUT = "function killed at its timeout"
CLOCK = "process with a clock wrong by up to 10 min"
REPLY = "PostgreSQL's answer lost: "


def killed(seam: str) -> str:
    """The fault's name."""
    words = {
        "received": "worker killed: received, not claimed",
        "claimed": "worker killed: claimed, nothing sent",
        "sending": "worker killed: some of a batch sent",
        "accepted": "worker killed: accepted, not finished",
        "finished": "worker killed: finished, not dispatched anew",
        "dispatched": "worker killed: dispatched anew, not acknowledged",
        "reset": "reaper killed: reset, not dispatched",
        "taken": "reaper killed: took the due, did not dispatch",
        "redispatching": "reaper killed: took the lost, did not dispatch",
        "recorded": "create killed: recorded, not dispatched",
        "heard": "events' function killed: recorded, not acknowledged",
    }
    return words[seam]


@dataclass(frozen=True)
class Storm:
    """One storm. `share` is its part of all deliveries; kills, restarts and the like come one after the other.

    It rages until every kind has struck and most is delivered, beyond its deliveries for at most `longest_seconds`.
    `waits`: when it calms down, digests leave at their time. Else they are made due, which saves a minute or two.
    `told`: the provider tells of what it accepted. `once`: no event is late or lost, so nothing at all is sent twice.
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
    told: bool = False
    once: bool = False
    longest_seconds: float = 150

    @property
    def kinds(self) -> set[str]:
        """What has to be injected at least once."""
        kinds = set(self.rates) | {killed(seam) for seam in self.seams} | {REAPERS}
        for kind, wanted in (
            (CLOCK, self.skewed), (RESTART, self.restarts), (BACKLOG, self.backlogs), (cloud.AWAY, self.outages)
        ):  # fmt: skip
            if wanted:
                kinds.add(kind)
        if self.replies_lost:
            kinds |= {REPLY + what for what in ("claim", "finish", "create", *(["record"] if self.told else []))}
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
    provider.DOOMED: 0.01,
    provider.RESETS: 0.01,
    provider.DIES_AFTER: 0.01,
}
_EVENTS = {provider.EVENT_LOST: 0.05, provider.EVENT_LATE: 0.05, provider.EVENT_TWICE: 0.1}
# What the provider accepts and no worker hears of.
_UNHEARD = {provider.FAILS_AFTER: 0.04, provider.DIES_AFTER: 0.04, provider.HANGS: 0.02}
_SEAMS = (*WORKER_SEAMS, *REAPER_SEAMS, *PRODUCER_SEAMS)

STORMS = (
    # Reapers have something to do, and so to die at, when messages are refused and dropped.
    # Workers have something to dispatch anew when the provider throttles; one in twenty would slow the channel down.
    Storm("killed", 0.2, {queue.DROPPED: 0.05, queue.REFUSED: 0.05, provider.THROTTLES: 0.04}, seams=_SEAMS),
    Storm("queue", 0.15, _QUEUE, skewed=True, backlogs=1),
    Storm("provider", 0.15, _PROVIDER, outages=2),
    Storm("database", 0.1, replies_lost=0.08, restarts=3),
    # The crash after the provider accepted it, and then the event: sent once.
    Storm(
        "told", 0.2, _UNHEARD | {provider.EVENT_TWICE: 0.1}, seams=("sending", "accepted", *LISTENER_SEAMS),
        told=True, once=True,
    ),
    Storm(
        "all at once", 0.2, {kind: rate / 2 for kind, rate in (_QUEUE | _PROVIDER | _EVENTS).items()},
        seams=(*_SEAMS, *LISTENER_SEAMS), replies_lost=0.05, skewed=True, restarts=1, backlogs=1, outages=1, waits=True,
        told=True,
    ),
)  # fmt: skip
