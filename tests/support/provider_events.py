"""Recorded events of SES and SNS, changed to name a test's delivery."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from carillon.feedback.record import EventMessage
from tests.support.paths import ROOT

EVENTS = ROOT / "events"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:carillon-provider-events"
EMAIL_EVENTS = (
    "provider-send", "provider-delivery", "provider-delivery-delay", "provider-bounce-permanent",
    "provider-bounce-transient", "provider-complaint-abuse", "provider-complaint-not-spam", "provider-reject",
)  # fmt: skip
PUSH_FAILURE = "provider-push-failure"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def envelope(name: str) -> dict[str, Any]:
    """Return the recorded message of SNS in the queue."""
    return json.loads(json.loads((EVENTS / f"{name}.json").read_text())["Records"][0]["body"])


def recorded(name: str) -> dict[str, Any]:
    """Return the recorded event of the provider."""
    return json.loads(envelope(name)["Message"])


def body(event: dict[str, Any], topic: str = TOPIC) -> str:
    """Return the body of a queue message with this event."""
    return json.dumps(envelope("provider-send") | {"TopicArn": topic, "Message": json.dumps(event)})


def email_event(
    name: str,
    delivery_id: UUID,
    claim_no: int = 1,
    *,
    message_id: str = "message-1",
    address: str = "alice@example.com",
    minutes: int = 0,
) -> dict[str, Any]:
    """Return a recorded event of an email, for this delivery. Its time is `minutes` after NOON."""
    event = recorded(name)
    event["mail"] |= {"messageId": message_id, "destination": [address]}
    event["mail"]["tags"] |= {"delivery_id": [str(delivery_id)], "claim_no": [str(claim_no)]}
    at = (NOON + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
    for part in ("mail", "bounce", "complaint", "delivery", "deliveryDelay"):
        if part in event:
            event[part]["timestamp"] = at
    return event


def push_failure(message_id: str, endpoint_arn: str, failure_type: str = "InvalidPlatformToken") -> dict[str, Any]:
    """Return a recorded failure of a push, for this message."""
    return recorded(PUSH_FAILURE) | {
        "MessageId": message_id, "EndpointArn": endpoint_arn, "FailureType": failure_type,
    }  # fmt: skip


def message(event: dict[str, Any] | str, receive_count: int = 1) -> EventMessage:
    """Return a message as the function receives it."""
    text = event if isinstance(event, str) else body(event)
    return EventMessage(f"id-{abs(hash(text))}", "handle", receive_count, text)
