"""A small storm: a few hundred deliveries with most kinds of faults. `make test-faults` runs the large storms."""

import pytest

from tests.faults import provider, queue
from tests.faults.storm import StormRun
from tests.faults.storms import Storm
from tests.faults.world import TIMES, world

pytestmark = pytest.mark.slow

QUICK = TIMES | {
    "FUNCTION_TIMEOUT_SECONDS": "4",
    "STUCK_AFTER_SECONDS": "5",
    "REDISPATCH_AFTER_SECONDS": "3",
    "BACKOFF_CAP_SECONDS": "1",
    "PROBE_CAP_SECONDS": "1",
}
STORM = Storm(
    "small",
    1,
    {
        queue.DROPPED: 0.03,
        queue.DUPLICATED: 0.05,
        queue.REFUSED: 0.03,
        provider.FAILS_AFTER: 0.02,
        provider.DIES_AFTER: 0.02,
        provider.THROTTLES: 0.05,
        provider.DENIES: 0.06,
    },
    seams=("claimed", "accepted"),
    restarts=1,
    longest_seconds=1,
)


def _unseen(text: str, done: int, total: int) -> None:
    """Ignore the progress."""


def test_a_storm_loses_nothing_and_sends_nothing_twice_outside_the_window() -> None:
    with world(20, people=100, digests=False, times=QUICK, visibility_seconds=6) as made:
        seen = StormRun(made, STORM, 200, _unseen).run()

    assert seen.account is not None
    # So few deliveries do not meet each kind of fault. Only the large storms require that each kind occurs.
    assert [problem for problem in seen.problems if not problem.startswith("never injected")] == []
    assert len(seen.account.lines.keys() & STORM.kinds) >= 3
    assert seen.account.deliveries >= 200
    assert seen.account.doubled_outside == 0
    assert seen.breaches == []
