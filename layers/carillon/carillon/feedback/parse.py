"""The provider event parser: a message of the queue, with one event of SES or SNS, becomes a ProviderEvent.

An event of SES becomes an event of this kind:

- Send: `accepted`.
- DeliveryDelay: `delayed`.
- Delivery: `delivered`.
- Bounce, transient or undetermined: `soft_bounced`. SES gave up, or an automatic reply arrived. The next email may
  arrive.
- Bounce, permanent: `bounced`. It suppresses the address.
- Complaint: `complained`. It suppresses the address.
- Complaint with the type `not-spam`: `delivered`. The person says that the email is welcome.
- Reject: `rejected`. SES accepted the email, found a virus and never sent it.
- Open, Click, Subscription and others: ignored.

A DeliveryFailure of an SNS push application becomes `undelivered`. The device is gone if its endpoint or its token is
the cause.
"""

import json
import re
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from carillon.channels.errors import redact, snake_case
from carillon.models.provider_event import Ignored, ProviderEvent, PushFailure, SesEvent

MAX_BODY = 262_144  # characters: the maximum of an SQS message


class NotAnEvent(Exception):
    """The message is not an event of our topic. The text of the error says why, and quotes nothing."""


def parse_event(body: str, topic_arn: str) -> ProviderEvent | Ignored:
    """Return the event in one message of the queue.

    Raises:
        NotAnEvent: the message is not a valid SNS notification of `topic_arn`. The policy of the queue accepts messages
            of that topic only.
    """
    envelope = _json(body)
    if envelope.get("TopicArn") != topic_arn:
        raise NotAnEvent("not from our topic")
    if envelope.get("Type") != "Notification":
        return Ignored(why=f"a message of the topic itself: {snake_case(str(envelope.get('Type')))}")
    message = _json(envelope.get("Message"))
    try:
        if "EventType" in message:
            return _push(message)
        return _email(SesEvent.model_validate(message))
    except ValidationError as error:
        fields = sorted(
            {".".join(str(part) for part in problem["loc"]) for problem in error.errors(include_input=False)}
        )
        raise NotAnEvent(f"missing or invalid: {', '.join(fields)[:200]}") from None


def _json(text: object) -> dict[str, Any]:
    try:
        parsed: Any = json.loads(text) if isinstance(text, str) and len(text) <= MAX_BODY else None
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict):
        raise NotAnEvent("not a JSON object")
    return parsed  # pyright: ignore[reportUnknownVariableType]


def _push(message: dict[str, Any]) -> ProviderEvent | Ignored:
    if message["EventType"] != "DeliveryFailure":
        return Ignored(why=snake_case(str(message["EventType"])))
    failure = PushFailure.model_validate(message)
    gone = re.search(r"Endpoint|Token", failure.failure_type) is not None
    return ProviderEvent(
        channel="push",
        kind="undelivered",
        message_id=failure.message_id,
        at=failure.time,
        detail=redact(f"{snake_case(failure.failure_type)}: {failure.failure_message}"),
        endpoint_arn=failure.endpoint_arn if gone else None,
    )


def _email(event: SesEvent) -> ProviderEvent | Ignored:
    tags = event.mail.tags
    try:
        delivery_id, claim_no = UUID(tags["delivery_id"][0]), int(tags["claim_no"][0])
    except (KeyError, IndexError, ValueError):
        return Ignored(why="not about an email of ours")
    values: dict[str, Any] = {"at": event.mail.timestamp, "message_id": event.mail.message_id}
    match event:
        case SesEvent(event_type="Send"):
            values |= {"kind": "accepted"}
        case SesEvent(event_type="Reject", reject=reject):
            values |= {"kind": "rejected", "detail": redact(reject.reason) if reject and reject.reason else None}
        case SesEvent(event_type="Delivery", delivery=delivery) if delivery is not None:
            values |= {"kind": "delivered", "at": delivery.timestamp}
        case SesEvent(event_type="DeliveryDelay", delivery_delay=delay) if delay is not None:
            values |= {"kind": "delayed", "at": delay.timestamp, "detail": _word(delay.delay_type)}
        case SesEvent(event_type="Bounce", bounce=bounce) if bounce is not None:
            permanent = bounce.bounce_type == "Permanent"
            recipient = next((each for each in bounce.recipients if each.status or each.diagnostic_code), None)
            answer = (recipient.diagnostic_code or recipient.status or "") if recipient else ""
            values |= {
                "kind": "bounced" if permanent else "soft_bounced",
                "at": bounce.timestamp,
                "detail": redact(f"{_word(bounce.bounce_type)}/{_word(bounce.sub_type)} {answer}"),
                "addresses": event.mail.destination if permanent else [],
                # SES did not try to send, and does not count a bounce.
                "counts": bounce.sub_type != "OnAccountSuppressionList",
            }
        case SesEvent(event_type="Complaint", complaint=complaint) if complaint is not None:
            # not-spam means the opposite of all other types: https://www.iana.org/assignments/marf-parameters
            welcome = complaint.feedback_type == "not-spam"
            values |= {
                "kind": "delivered" if welcome else "complained",
                "at": complaint.timestamp,
                "detail": _word(complaint.feedback_type or complaint.sub_type),
                "addresses": [] if welcome else event.mail.destination,
                "counts": complaint.sub_type != "OnAccountSuppressionList",
            }
        case _:
            return Ignored(why=snake_case(event.event_type))
    return ProviderEvent.model_validate(
        {"channel": "email", "message_id": event.mail.message_id, "delivery_id": delivery_id, "claim_no": claim_no}
        | values
    )


def _word(text: str | None) -> str | None:
    return snake_case(text) if text else None
