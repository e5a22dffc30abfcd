"""Coalesce changes into hints: at most one a second and person, and never none after a change.

The first change of a person leaves at once (the leading edge). A change within a second of that hint waits until the
second is over (the trailing edge). It waits in the queue, so a function that dies loses nothing.

A change is done when a hint left later than the change was queued. Each container knows only its own hints. So two
containers may send two hints where one would do, and none can take another's change for done.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil

SECONDS = 1.0  # between two hints to one person
# Clocks of SQS and Lambda may disagree. A hint counts for a change only if it left so much later.
CLOCKS_DISAGREE_SECONDS = 0.5
# More people than this within a second get one hint on the common channel: one request instead of thousands.
MANY = 1000
_REMEMBERED = 5000  # people; beyond, those are forgotten whose last hint is long ago
_LONG_AGO_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Change:
    """One message: the hashed people whose notifications changed, and when it was queued (Unix seconds)."""

    message_id: str
    receipt_handle: str
    receive_count: int
    sent_at: float
    people: frozenset[str]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do about a batch: the people to hint now, or everyone, and the changes that wait so many seconds."""

    people: frozenset[str] = frozenset()
    everyone: bool = False
    waiting: Mapping[str, int] = field(default_factory=dict[str, int])


class Coalescer:
    """Remembers when each person was last hinted by this container (Unix seconds)."""

    def __init__(self) -> None:
        self._hinted: dict[str, float] = {}
        self._everyone = float("-inf")

    def plan(self, changes: Iterable[Change], now: float) -> Plan:
        """Return who gets a hint now, and which changes must come again."""
        self._forget(now)
        due: set[str] = set()
        waiting: dict[str, int] = {}
        for change in changes:
            for person in change.people:
                last = self._last(person)
                if last >= change.sent_at + CLOCKS_DISAGREE_SECONDS:
                    continue
                # If the clock was set back, the last hint seems to lie ahead, and nothing waits for it.
                if 0 <= now - last < SECONDS:
                    waiting[change.message_id] = max(1, ceil(last + SECONDS - now))
                else:
                    due.add(person)
        lately = sum(now - at < SECONDS for at in self._hinted.values())
        if due and lately + len(due) > MANY:
            return Plan(everyone=True, waiting=waiting)
        return Plan(people=frozenset(due), waiting=waiting)

    def hinted(self, people: Iterable[str], at: float) -> None:
        """Record that hints to these people left, in requests that began at `at` or later."""
        self._hinted.update(dict.fromkeys(people, at))

    def hinted_everyone(self, at: float) -> None:
        """Record that a hint on the common channel left."""
        self._everyone = at

    def _last(self, person: str) -> float:
        return max(self._everyone, self._hinted.get(person, float("-inf")))

    def _forget(self, now: float) -> None:
        """Forget old hints. The price is at most one hint more."""
        if len(self._hinted) > _REMEMBERED:
            self._hinted = {person: at for person, at in self._hinted.items() if now - at < _LONG_AGO_SECONDS}
