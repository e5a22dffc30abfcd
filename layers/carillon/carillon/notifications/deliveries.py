"""Explain the deliveries of a notification. Only one route needs this, so its import is no part of a cold start."""

from uuid import UUID

from carillon.database.connection import Database
from carillon.errors import NotFound
from carillon.identity import Identity
from carillon.models.story import NotificationDeliveries, Story
from carillon.notifications.explanation import explain


def list_deliveries(database: Database, identity: Identity, notification_id: UUID) -> NotificationDeliveries:
    """Return why Carillon sent a notification on each channel or did not, as data and as a sentence.

    Raises:
        NotFound: the notification does not exist, or is neither for this person nor recorded by this producer.
    """
    producer = identity.created_by if identity.producer else None
    row = database.row(
        "notifications/list_deliveries", {"id": notification_id, "user_id": identity.subject, "producer": producer}
    )
    if row is None:
        raise NotFound
    story = Story.model_validate(row["story"])
    return NotificationDeliveries(**dict(story), channels=explain(story))
