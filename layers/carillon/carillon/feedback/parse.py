"""The provider event parser: a message of the queue, with one event of SES or SNS, becomes a ProviderEvent.

An event of SES becomes an event of this kind:

- Send: `accepted`.
- DeliveryDelay: `delayed`.
- Delivery: `delivered`.
- Bounce: `bounced` if the address is dead (bounces.py). It suppresses the address. Otherwise `soft_bounced`: SES gave
  up, or an automatic reply arrived. The next email may arrive.
- Complaint: `complained`. It suppresses the address.
- Complaint with the type `not-spam`: `delivered`. The person says that the email is welcome.
- Reject: `rejected`. SES accepted the email, found a virus and never sent it.
- Open, Click, Subscription and others: ignored.

A DeliveryFailure of an SNS push application becomes `undelivered`. push_failures.py says whose fault it is.

SES and SNS also put other texts into the topic, such as "Successfully validated SNS topic for Amazon SES event
publishing." Each text that is certainly not about a message of ours is ignored. Only an event that claims to be ours,
and cannot be read, is an error.
"""

import json
from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from pydantic import ValidationError

from carillon.channels.errors import redact, snake_case
from carillon.feedback.bounces import answer_of, is_final
from carillon.feedback.push_failures import fault_of, is_gone
from carillon.models.address import in_ascii
from carillon.models.provider_event import Bounce, Ignored, ProviderEvent, PushFailure, SesEvent

# The events of SES that Carillon records, each with the part that it must have.
_PARTS = {
    "Send": "mail", "Reject": "mail", "Delivery": "delivery", "DeliveryDelay": "delivery_delay", "Bounce": "bounce",
    "Complaint": "complaint",
}  # fmt: skip
MAX_BODY = 262_144  # characters: the maximum of an SQS message


class NotAnEvent(Exception):
    """The message is not an event of our topic. The text of the error says why, and quotes nothing."""


def parse_event(body: str, topic_arn: str) -> ProviderEvent | Ignored:
    """Return the event in one message of the queue.

    Raises:
        NotAnEvent: the message is not a valid SNS notification of `topic_arn`, or an event of ours that cannot be read.
            The policy of the queue accepts messages of that topic only.
    """
    envelope = _load(body)
    if not isinstance(envelope, dict):
        raise NotAnEvent("not a JSON object")
    if envelope.get("TopicArn") != topic_arn:
        raise NotAnEvent("not from our topic")
    if envelope.get("Type") != "Notification":
        return Ignored(why=f"a message of the topic itself: {snake_case(str(envelope.get('Type')))}")
    text = envelope.get("Message")
    message = _load(text)
    if not isinstance(text, str) or (message is None and text.lstrip().startswith("{")):
        raise NotAnEvent("not a JSON object")  # an event that is cut off or damaged
    if not isinstance(message, dict):
        return Ignored(why="a text of the topic itself")
    try:
        return _push(message) if "EventType" in message else _email(message)
    except ValidationError as error:
        fields = sorted(
            {".".join(str(part) for part in problem["loc"]) for problem in error.errors(include_input=False)}
        )
        raise NotAnEvent(f"missing or invalid: {', '.join(fields)[:200]}") from None


def _load(text: object) -> dict[str, Any] | str | float | list[Any] | None:
    """Return the JSON value of a text without its nulls, or None if the text is not JSON."""
    try:
        if isinstance(text, str) and len(text) <= MAX_BODY:
            return json.loads(text, object_pairs_hook=_without_nulls)
    except (ValueError, RecursionError):
        pass
    return None


def _without_nulls(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {
        name: [entry for entry in cast("list[Any]", value) if entry is not None] if isinstance(value, list) else value
        for name, value in pairs
        if value is not None
    }


def _push(message: dict[str, Any]) -> ProviderEvent | Ignored:
    if message["EventType"] != "DeliveryFailure":
        return Ignored(why=snake_case(str(message["EventType"])))
    failure = PushFailure.model_validate(message)
    return ProviderEvent(
        channel="push",
        kind="undelivered",
        message_id=failure.message_id,
        at=failure.time,
        detail=redact(f"{snake_case(failure.failure_type)}: {failure.failure_message}"),
        endpoint_arn=failure.endpoint_arn if is_gone(failure) else None,
        fault=fault_of(failure),
    )


def _email(message: dict[str, Any]) -> ProviderEvent | Ignored:
    if "eventType" not in message:
        return Ignored(why="not an event of a configuration set")
    try:
        tags = message["mail"]["tags"]
        delivery_id, claim_no = UUID(tags["delivery_id"][0]), int(tags["claim_no"][0])
    except (LookupError, ValueError, TypeError, AttributeError):
        return Ignored(why="not about an email of ours")
    part = _PARTS.get(str(message["eventType"]))
    if part is None:
        return Ignored(why=snake_case(str(message["eventType"])))
    event = SesEvent.model_validate(message)
    if getattr(event, part) is None:
        raise NotAnEvent(f"missing or invalid: {part}")
    try:
        values = _values(event)
    except ValueError:
        raise NotAnEvent("missing or invalid: mail.destination") from None
    return ProviderEvent.model_validate(
        {"channel": "email", "message_id": event.mail.message_id, "delivery_id": delivery_id, "claim_no": claim_no}
        | values
    )


def _values(event: SesEvent) -> dict[str, Any]:
    """Return what the kind of an event decides."""
    values: dict[str, Any] = {"at": event.mail.timestamp, "kind": "accepted"}
    match event:
        case SesEvent(event_type="Reject", reject=reject):
            values |= {"kind": "rejected", "detail": redact(reject.reason) if reject and reject.reason else None}
        case SesEvent(delivery=delivery) if delivery is not None:
            values |= {"kind": "delivered", "at": delivery.timestamp, "addresses": _addresses(event.mail.destination)}
        case SesEvent(delivery_delay=delay) if delay is not None:
            values |= {"kind": "delayed", "at": delay.timestamp, "detail": _word(delay.delay_type)}
        case SesEvent(bounce=bounce) if bounce is not None:
            values |= {
                "kind": "bounced" if is_final(bounce) else "soft_bounced",
                "at": bounce.timestamp,
                "detail": _detail(bounce),
                "addresses": _addresses(event.mail.destination or [each.address for each in bounce.recipients]),
                # SES did not try to send, and does not count a bounce.
                "counts": bounce.sub_type != "OnAccountSuppressionList",
            }
        case SesEvent(complaint=complaint) if complaint is not None:
            # not-spam means the opposite of all other types: https://www.iana.org/assignments/marf-parameters
            values |= {
                "kind": "delivered" if complaint.feedback_type == "not-spam" else "complained",
                "at": complaint.timestamp,
                "detail": _word(complaint.feedback_type or complaint.sub_type),
                "addresses": _addresses(event.mail.destination or [each.address for each in complaint.recipients]),
                "counts": complaint.sub_type != "OnAccountSuppressionList",
            }
        case _:
            pass
    return values


def _addresses(given: Sequence[str | None]) -> list[str]:
    """Return the addresses as they are stored and compared."""
    return [in_ascii(each) if each and not each.isascii() else each for each in given if each]


def _detail(bounce: Bounce) -> str:
    label = "/".join(word for word in (_word(bounce.bounce_type), _word(bounce.sub_type)) if word)
    return redact(f"{label} {answer_of(bounce)}")


def _word(text: str | None) -> str | None:
    return snake_case(text) if text else None
