"""What operators hold back. What waits for a pause, and a channel's own: migrations/functions/42_pauses.sql."""

from carillon.database import Database
from carillon.settings import ReaperSettings


def delete_ended(database: Database, settings: ReaperSettings) -> int:
    """Delete manual pauses that are over, at most `reaper_batch`; how many went."""
    return len(database.rows("delete_ended_pauses", {"batch": settings.reaper_batch}))
