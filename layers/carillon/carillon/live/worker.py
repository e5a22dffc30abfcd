"""The worker of the queue of hints: it coalesces one batch of changes, and publishes what is due."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from carillon.live.coalesce import Change, Coalescer, Plan
from carillon.live.publish import Publisher

# After a hint that AppSync did not accept. The queue drops a change after five minutes (template/live.yaml).
RETRY_SECONDS = 5
RETRY_CAP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a batch: metrics, and the changes that must come again, each with the seconds until then."""

    counts: Counter[str]
    again: Sequence[tuple[Change, int]]


class LiveWorker:
    """Publishes hints. A message comes again if it must wait, or if a hint was not accepted."""

    def __init__(self, publisher: Publisher, clock: Callable[[], float] = time.time) -> None:
        self._publisher = publisher
        self._clock = clock
        self._coalescer = Coalescer()

    def work(self, changes: Sequence[Change], deadline: float) -> Result:
        """Handle one batch before `deadline` (`time.monotonic()` seconds)."""
        now = self._clock()
        plan = self._coalescer.plan(changes, now)
        failed = self._publish(plan, now, deadline)
        counts = Counter(
            {
                "Published": (1 if plan.everyone else len(plan.people)) - len(failed),
                "NotPublished": len(failed),
                "Waiting": len(plan.waiting),
            }
        )
        again = [(change, seconds) for change in changes if (seconds := _again_in(change, plan, failed)) is not None]
        return Result(counts, again)

    def _publish(self, plan: Plan, now: float, deadline: float) -> frozenset[str]:
        """Publish the hints of a plan. Return the people who got none, or the common channel's place as `*`."""
        if plan.everyone:
            if self._publisher.to_everyone():
                self._coalescer.hinted_everyone(now)
                return frozenset()
            return frozenset("*")
        accepted = self._publisher.to_people(plan.people, deadline)
        self._coalescer.hinted(accepted, now)
        return plan.people - accepted


def _again_in(change: Change, plan: Plan, failed: frozenset[str]) -> int | None:
    """Return in how many seconds a change must come again, or None if it is done."""
    if failed and (plan.everyone or not failed.isdisjoint(change.people)):
        return min(RETRY_SECONDS * 2 ** (change.receive_count - 1), RETRY_CAP_SECONDS)
    return plan.waiting.get(change.message_id)
