"""The reaper's statements: reset, dispatch again, prune and measure. Each changes at most `reaper_batch` rows."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from carillon.database.connection import Database
from carillon.models.delivery import Dispatch
from carillon.settings import ReaperSettings

# Two runs are not exactly a minute apart. A person in both windows hears two hints, which does no harm.
SCHEDULE_OVERLAP_SECONDS = 10
MAX_SCHEDULED = 50_000  # people and seconds in one run; the others see theirs at the next poll


class Reset(BaseModel):
    """A delivery that a worker claimed and never finished, after its reset; `delay_seconds` until it is due."""

    delivery_id: UUID
    status: Literal["pending", "failed"]
    delay_seconds: int


def reset_stuck(database: Database, settings: ReaperSettings) -> list[Reset]:
    """Reset deliveries that a worker claimed and never finished: to pending, or to failed without attempts left."""
    rows = database.rows(
        "deliveries/reset_stuck",
        {
            "stuck_after": settings.stuck_after_seconds,
            "batch": settings.reaper_batch,
            "jitter": settings.reset_jitter_seconds,
        },
    )
    return [Reset.model_validate(row) for row in rows]


def take_undispatched(database: Database, settings: ReaperSettings) -> list[Dispatch]:
    """Mark as dispatched, and return, deliveries that never were and are due before the reaper's next run."""
    rows = database.rows(
        "deliveries/take_undispatched", {"ahead": settings.reaper_interval_seconds, "batch": settings.reaper_batch}
    )
    return [Dispatch.model_validate(row) for row in rows]


def take_lost(database: Database, settings: ReaperSettings, messages: int) -> list[Dispatch]:
    """Mark as dispatched again, and return, deliveries that were dispatched long ago and never claimed.

    Takes only as many as there are more such deliveries than `messages` in the queue. The others wait in a backlog.
    """
    rows = database.rows(
        "deliveries/take_lost",
        {
            "messages": messages,
            "redispatch_after": settings.redispatch_after_seconds,
            "batch": settings.reaper_batch,
        },
    )
    return [Dispatch.model_validate(row) for row in rows]


def list_scheduled(database: Database, settings: ReaperSettings) -> dict[int, list[str]]:
    """Return who will see a scheduled notification before the reaper's next run, by the seconds until then."""
    rows = database.rows(
        "notifications/list_scheduled",
        {"ahead": settings.reaper_interval_seconds + SCHEDULE_OVERLAP_SECONDS, "limit": MAX_SCHEDULED},
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row["delay_seconds"], []).append(row["user_id"])
    return found


def prune_rate_limits(database: Database, settings: ReaperSettings) -> int:
    """Delete rows of `rate_limits` unused for hours; return how many."""
    return len(database.rows("deliveries/prune_rate_limits", {"batch": settings.reaper_batch}))


def delete_ended_pauses(database: Database, settings: ReaperSettings) -> int:
    """Delete manual pauses that have ended; return how many."""
    return len(database.rows("deliveries/delete_ended_pauses", {"batch": settings.reaper_batch}))


def delete_idle_send_rates(database: Database) -> int:
    """Delete send rates (rows of `send_rates`) that no delivery waits for; return how many."""
    return len(database.rows("deliveries/delete_idle_paces"))


class Gauges(BaseModel):
    """The reaper's gauges: the deliveries and pauses at this moment.

    `oldest_due_seconds` is how late the latest delivery is. `pauses` counts manual pauses in force, and `outages`
    counts channels with an open circuit breaker.
    """

    pending: int
    due: int
    failed: int
    failed_permanently: int
    oldest_due_seconds: float
    pauses: int = 0
    outages: int = 0


def read_gauges(database: Database) -> Gauges:
    """Return the gauges, in one statement."""
    return Gauges.model_validate(database.row("deliveries/read_gauges"))
