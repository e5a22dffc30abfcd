"""Deliveries in each state that provider events can meet, and their final state after all events."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from carillon.feedback.parse import parse_event
from carillon.feedback.record import BatchResult, EventMessage, FeedbackWorker, RecordedEvent, record
from carillon.models.provider_event import ProviderEvent
from carillon.settings import ProviderEventsSettings
from tests.support.flow import Flow
from tests.support.provider_events import TOPIC, body, message

# The states in which an event of claim 1 can meet a delivery. Each was claimed twice, so that the later claim may have
# excluded its item.
_ENDED = "claim_no = 2, attempts = 2, finished_at = current_moment()"
STATES = {
    "pending": "status = 'pending', claim_no = 2, attempts = 2",
    "sending": "status = 'sending', claim_no = 2, attempts = 2, locked_at = current_moment()",
    "sent": f"status = 'sent', provider_message_ids = '{{message-2}}', {_ENDED}",
    "failed": f"status = 'failed', error_code = 'stuck', {_ENDED}",
    "refused": f"status = 'failed', error_code = 'message_rejected', permanent = true, {_ENDED}",
    "skipped": f"status = 'skipped', error_code = 'already_read', {_ENDED}",
}


def settings(flow: Flow, **changed: Any) -> ProviderEventsSettings:
    environment = {"DATABASE_URL": flow.database_url, "QUEUE_URL": flow.settings.queue_url, "TOPIC_ARN": TOPIC}
    return ProviderEventsSettings.load(environment).model_copy(update=changed)


def process_events(flow: Flow, *given: dict[str, Any] | EventMessage, **changed: Any) -> BatchResult:
    """Process one batch of events and return its result."""
    batch = [each if isinstance(each, EventMessage) else message(each) for each in given]
    return FeedbackWorker(settings(flow, **changed), flow.worker._database, flow.sqs).process(batch)


def events(*given: dict[str, Any]) -> list[ProviderEvent]:
    parsed = [parse_event(body(each), TOPIC) for each in given]
    return [each for each in parsed if isinstance(each, ProviderEvent)]


def recorded(flow: Flow, *given: dict[str, Any], **changed: Any) -> list[RecordedEvent]:
    """Record events without the queue, and return the result of each."""
    return record(flow.worker._database, settings(flow, **changed), events(*given)).events


@dataclass
class DeliveryInState:
    """A delivery in one of STATES. No other delivery has its person."""

    flow: Flow
    person: str
    delivery_id: UUID

    @property
    def address(self) -> str:
        return f"{self.person}@example.com"

    def end(self) -> dict[str, Any]:
        """Return everything that events may change, without the values that differ between deliveries."""
        row = self.flow.row(self.delivery_id)
        kept = {name: row[name] for name in (
            "status", "claim_no", "attempts", "provider_status", "provider_events", "provider_message_ids",
            "error_code", "last_error", "permanent", "locked_at", "open_digest_key", "finished_at",
        )}  # fmt: skip
        [item] = self.flow.db.execute(
            "SELECT left_out, left_out_claim FROM delivery_items WHERE delivery_id = %s",
            [self.delivery_id],
        ).fetchall()
        [suppressed] = self.flow.db.execute(
            """
            SELECT max(reason) AS reason, max(created_at) AS at FROM suppressions
            WHERE address_hash = address_hash(%s)
            """,
            [self.address],
        ).fetchall()
        reputation = self.flow.db.execute(
            "SELECT accepted, bounced, complained FROM reputations WHERE creator = %s",
            [f"producer:{self.person}"],
        ).fetchall()
        return kept | {"item": item, "suppressed": suppressed, "reputation": reputation}


def create_in_state(flow: Flow, state: str, *people: str) -> list[DeliveryInState]:
    """Create a delivery in a state for each person, each by another producer.

    If the state is `skipped`, a claim excluded the item.
    """
    flow.db.execute(
        """
        WITH preferences AS (
            INSERT INTO preferences (user_id, channels, updated_at)
            SELECT person, '{"email": true}'::jsonb, now() FROM unnest(%(people)s::text[]) AS person
        )
        INSERT INTO recipients (user_id, email, updated_at)
        SELECT person, person || '@example.com', now() FROM unnest(%(people)s::text[]) AS person
        """,
        {"people": [*people]},
    )
    ids = flow.create(*people)
    flow.db.execute("UPDATE notifications SET created_by = 'producer:' || user_id")
    flow.db.execute(f"UPDATE deliveries SET {STATES[state]} WHERE id = ANY (%s)".encode(), [ids])
    if state == "skipped":
        flow.db.execute(
            "UPDATE delivery_items SET left_out = 'read', left_out_claim = 2 WHERE delivery_id = ANY (%s)",
            [ids],
        )
    owners = flow.db.execute("SELECT id, user_id FROM deliveries WHERE id = ANY (%s)", [ids]).fetchall()
    by_person = {row["user_id"]: row["id"] for row in owners}
    return [DeliveryInState(flow, person, by_person[person]) for person in people]
