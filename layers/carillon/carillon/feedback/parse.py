"""From a provider's words to ours: one event of SES or SNS, as the queue brings it, becomes a ProviderEvent.

| SES event | becomes | |
|---|---|---|
| Send | accepted | |
| DeliveryDelay | delayed | |
| Delivery | delivered | |
| Bounce, transient or undetermined | soft_bounced | SES has given up, or the mailbox's owner is away; the next email may get through |
| Bounce, permanent | bounced | suppresses the address |
| Complaint | complained | suppresses the address |
| Complaint, `not-spam` | delivered | the person says that it is welcome |
| Reject | rejected | a virus: accepted, and never sent on |
| others (Open, Click, Subscription, …) | | ignored |

A push application's DeliveryFailure is `undelivered`, and the device is gone when its endpoint or its token is at fault.
"""  # noqa: E501 (a table row is one line)

import json
import re
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from carillon.channels.errors import redact, snake_case
from carillon.models.provider_event import Ignored, ProviderEvent, PushFailure, SesEvent

MAX_BODY = 262_144  # of an SQS message, in characters at most


class NotAnEvent(Exception):
    """The message is no event of our topic. Its text says why, and quotes nothing."""


def read(body: str, topic_arn: str) -> ProviderEvent | Ignored:
    """The event in one message of the queue.

    Raises:
        NotAnEvent: it is no SNS notification of `topic_arn` (the queue's policy lets nothing else in), or none that
            can be understood.
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
        places = sorted(
            {".".join(str(part) for part in problem["loc"]) for problem in error.errors(include_input=False)}
        )
        raise NotAnEvent(f"misses or has wrong: {', '.join(places)[:200]}") from None


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
    told: dict[str, Any] = {"at": event.mail.timestamp, "message_id": event.mail.message_id}
    match event:
        case SesEvent(event_type="Send"):
            told |= {"kind": "accepted"}
        case SesEvent(event_type="Reject", reject=reject):
            told |= {"kind": "rejected", "detail": redact(reject.reason) if reject and reject.reason else None}
        case SesEvent(event_type="Delivery", delivery=delivery) if delivery is not None:
            told |= {"kind": "delivered", "at": delivery.timestamp}
        case SesEvent(event_type="DeliveryDelay", delivery_delay=delay) if delay is not None:
            told |= {"kind": "delayed", "at": delay.timestamp, "detail": _word(delay.delay_type)}
        case SesEvent(event_type="Bounce", bounce=bounce) if bounce is not None:
            permanent = bounce.bounce_type == "Permanent"
            said = next((each for each in bounce.recipients if each.status or each.diagnostic_code), None)
            words = (said.diagnostic_code or said.status or "") if said else ""
            told |= {
                "kind": "bounced" if permanent else "soft_bounced",
                "at": bounce.timestamp,
                "detail": redact(f"{_word(bounce.bounce_type)}/{_word(bounce.sub_type)} {words}"),
                "addresses": event.mail.destination if permanent else [],
                # SES did not try, and counts no bounce either.
                "counts": bounce.sub_type != "OnAccountSuppressionList",
            }
        case SesEvent(event_type="Complaint", complaint=complaint) if complaint is not None:
            # https://www.iana.org/assignments/marf-parameters: not-spam says the opposite of all the others.
            welcome = complaint.feedback_type == "not-spam"
            told |= {
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
        | told
    )


def _word(text: str | None) -> str | None:
    return snake_case(text) if text else None
