"""What holds deliveries back: here goes what is over. What waits for it: database/schema/functions/42_pauses.sql."""

from carillon.database.connection import Database
from carillon.settings import ReaperSettings


def delete_ended(database: Database, settings: ReaperSettings) -> int:
    """Delete manual pauses that are over, at most `reaper_batch`; how many went."""
    return len(database.rows("deliveries/delete_ended_pauses", {"batch": settings.reaper_batch}))


def delete_idle_paces(database: Database) -> int:
    """Delete the paces that nothing waits for any more; how many went."""
    return len(database.rows("deliveries/delete_idle_paces"))
