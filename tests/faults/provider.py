"""An email provider that answers SES's SendEmail with every kind of fault, and keeps the emails that it accepted.

It sends provider events through a topic and a queue, as SES does: usually soon, but sometimes twice, late or never.
"""

import json
import threading
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from tests.faults.injector import Injector
from tests.faults.queue import Queue
from tests.support.provider_events import body, email_event

SLOW = "provider slow"
HANGS = "provider accepts, answers too late"
FAILS = "provider answers 500"
FAILS_AFTER = "provider accepts, answers 500"
THROTTLES = "provider throttles"
REFUSES = "provider refuses a message"
DENIES = "provider denies access until repaired"
RESETS = "provider resets the connection"
DIES_AFTER = "provider accepts, then dies"
EVENT_LOST = "provider's event lost"
EVENT_LATE = "provider's event later than the reset"
EVENT_TWICE = "provider's event sent twice"


@dataclass(frozen=True, slots=True)
class Accepted:
    """One email that the provider accepted."""

    delivery_id: UUID
    claim_no: int
    message_id: str
    at: float


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one request. Status 0: no answer, the connection is reset."""

    status: int
    error: str = ""
    message_id: str = ""


class Provider:
    """Accepts emails. `late_seconds` is longer than the client waits for an answer.

    If `sends_events` is set, it sends events about accepted emails to the queue `events`.
    """

    def __init__(self, injector: Injector, events: Queue, *, late_seconds: float) -> None:
        self._injector = injector
        self._events = events
        self.sends_events = False
        self._late = late_seconds
        self._lock = threading.Lock()
        self._denied: set[UUID] = set()
        self._allowed: set[UUID] = set()
        self.accepted: list[Accepted] = []
        self.repaired = True

    def send(self, request: dict[str, Any]) -> Reply:
        """Answer SendEmail."""
        tags = {tag["Name"]: tag["Value"] for tag in request["EmailTags"]}
        delivery_id, claim_no = UUID(tags["delivery_id"]), int(tags["claim_no"])
        if self._is_denied(delivery_id):
            return Reply(403, "AccessDeniedException")
        for kind, reply in (
            (THROTTLES, Reply(429, "TooManyRequestsException")),
            (REFUSES, Reply(400, "MessageRejected")),
            (FAILS, Reply(500, "InternalServiceErrorException")),
            (RESETS, Reply(0)),
        ):
            if self._injector.strikes(kind, delivery_id):
                return reply
        if self._injector.strikes(SLOW, delivery_id):
            time.sleep(0.4)
        accepted = Accepted(delivery_id, claim_no, str(uuid4()), time.time())
        with self._lock:
            self.accepted.append(accepted)
        if self.sends_events:
            for name in ("provider-send", "provider-delivery"):
                self._send_event(name, accepted)
        if self._injector.strikes(FAILS_AFTER, delivery_id):
            return Reply(500, "InternalServiceErrorException")
        if self._injector.strikes(DIES_AFTER, delivery_id):
            return Reply(0)
        if self._injector.strikes(HANGS, delivery_id):
            time.sleep(self._late)
        return Reply(200, message_id=accepted.message_id)

    def _send_event(self, name: str, accepted: Accepted) -> None:
        delivery_id = accepted.delivery_id
        if self._injector.strikes(EVENT_LOST, delivery_id):
            return
        late = self._injector.strikes(EVENT_LATE, delivery_id)
        event = email_event(name, delivery_id, accepted.claim_no, message_id=accepted.message_id)
        for _ in range(2 if self._injector.strikes(EVENT_TWICE, delivery_id) else 1):
            delay = self._injector.between(10, 14) if late else self._injector.between(0, 1)
            self._events.send([{"Id": "0", "MessageBody": body(event), "DelaySeconds": delay}])

    def _is_denied(self, delivery_id: UUID) -> bool:
        """Return whether the provider denies every attempt of this delivery until it is repaired."""
        if self.repaired:
            return False
        if delivery_id not in self._denied | self._allowed:
            (self._denied if self._injector.strikes(DENIES, delivery_id) else self._allowed).add(delivery_id)
        return delivery_id in self._denied


def delivery_of(text: str) -> UUID:
    """Return the delivery id of a message in the events' queue."""
    return UUID(json.loads(json.loads(text)["Message"])["mail"]["tags"]["delivery_id"][0])
