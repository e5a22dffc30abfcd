"""The rests of pruning: it uses the database for a twentieth of its time, and never longer than its share of a run."""

from typing import Any, cast

import pytest

from carillon.database.connection import Database
from carillon.deliveries import pruning
from carillon.settings import ReaperSettings

BATCH_SECONDS = 0.25


class Clock:
    """A clock that only batches and rests move, and a database whose batches take a quarter of a second."""

    def __init__(self, due: int) -> None:
        self.now = 1000.0
        self.due = due
        self.rests: list[float] = []
        self.settings = ReaperSettings.model_construct(reaper_batch=500, retention_days=365)

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.rests.append(seconds)

    def row(self, _name: str, parameters: dict[str, Any]) -> dict[str, int]:
        self.now += BATCH_SECONDS
        deleted = min(parameters["batch"], self.due)
        self.due -= deleted
        return {"deleted": deleted, "kept": 0}

    def prune(self, seconds: float) -> int:
        return pruning.prune_due(cast("Database", self), self.settings, self.now + seconds, self.wait)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(due=1_000_000)
    monkeypatch.setattr(pruning.time, "monotonic", made.monotonic)
    return made


def test_a_backlog_takes_a_twentieth_of_its_share(clock: Clock) -> None:
    started = clock.now
    assert clock.prune(45) == 500 * 4  # four batches of 0.25 s and three rests in 20 s
    assert clock.rests == pytest.approx([19 * BATCH_SECONDS] * 3)
    assert clock.now - started < pruning.SECONDS


def test_a_run_with_little_time_left_ends_before_its_deadline(clock: Clock) -> None:
    started = clock.now
    assert clock.prune(6) == 1000
    assert clock.now - started < 6
    assert clock.prune(0) == 0


def test_what_is_due_ends_it_without_a_rest(clock: Clock) -> None:
    clock.due = 1200
    assert clock.prune(45) == 1200
    assert len(clock.rests) == 2


def test_a_wait_that_returns_true_ends_it(clock: Clock) -> None:
    deleted = pruning.prune_due(cast("Database", clock), clock.settings, clock.now + 45, lambda _seconds: True)
    assert deleted == 500
