"""Pruning: delete notifications past their retention, with rests, so that requests hardly notice."""

import time
from collections.abc import Callable

from pydantic import BaseModel

from carillon.database.connection import Database
from carillon.settings import ReaperSettings

# Pruning uses the database for this share of its time, so it hardly slows requests. A slow database gets longer rests.
# The next run deletes the rest.
BUSY_SHARE = 0.05
SECONDS = 20.0  # the share of one run

Wait = Callable[[float], object]  # takes seconds


class Pruned(BaseModel):
    """The number of notifications past their retention: those deleted, and those marked as kept for audit."""

    deleted: int
    kept: int


def prune(database: Database, settings: ReaperSettings) -> Pruned:
    """Delete a batch of notifications past their retention, with their deliveries.

    Notifications of an audit category are marked as kept instead, and no later call reads them again.
    """
    row = database.row(
        "deliveries/prune",
        {
            "retention_days": settings.retention_days,
            "batch": settings.reaper_batch,
            "audit": settings.categories.audit,
        },
    )
    return Pruned.model_validate(row)


def prune_due(database: Database, settings: ReaperSettings, deadline: float, wait: Wait = time.sleep) -> int:
    """Prune batches until nothing is due, and return how many notifications were deleted.

    After each batch it rests. It ends when a rest would end after `deadline` (`time.monotonic()` seconds), or after
    SECONDS. A `wait` that returns true ends it too.
    """
    deadline = min(deadline, time.monotonic() + SECONDS)
    deleted = 0
    while (started := time.monotonic()) < deadline:
        pruned = prune(database, settings)
        deleted += pruned.deleted
        # Notifications kept for audit also fill a batch: others to delete may come after them.
        if pruned.deleted + pruned.kept < settings.reaper_batch:
            break
        ended = time.monotonic()
        rest = (ended - started) * (1 / BUSY_SHARE - 1)
        if ended + rest >= deadline or wait(rest):
            break
    return deleted
