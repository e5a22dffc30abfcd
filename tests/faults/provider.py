"""An email provider that answers SES's SendEmail as badly as one can, keeps what it accepted, and tells of it.

Its events come by a topic and a queue, as SES's do: usually soon, and sometimes twice, late or never.
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
DOOMED = "provider denies access until mended"
RESETS = "provider resets the connection"
DIES_AFTER = "provider accepts, then dies"
EVENT_LOST = "provider's event lost"
EVENT_LATE = "provider's event later than the reset"
EVENT_TWICE = "provider's event told twice"


@dataclass(frozen=True, slots=True)
class Accepted:
    """One email that the provider took."""

    delivery_id: UUID
    claim_no: int
    message_id: str
    at: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back. Status 0: nothing, the connection is reset."""

    status: int
    error: str = ""
    message_id: str = ""


class Provider:
    """Accepts emails. `late_seconds` is longer than the client waits. Of what it accepts it tells the queue `events`,
    if it `tells` at all."""

    def __init__(self, injector: Injector, events: Queue, *, late_seconds: float) -> None:
        self._injector = injector
        self._events = events
        self.tells = False
        self._late = late_seconds
        self._lock = threading.Lock()
        self._doomed: set[UUID] = set()
        self._spared: set[UUID] = set()
        self.accepted: list[Accepted] = []
        self.mended = True

    def send(self, request: dict[str, Any]) -> Reply:
        """SendEmail."""
        tags = {tag["Name"]: tag["Value"] for tag in request["EmailTags"]}
        delivery_id, claim_no = UUID(tags["delivery_id"]), int(tags["claim_no"])
        if self._is_doomed(delivery_id):
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
        if self.tells:
            for name in ("provider-send", "provider-delivery"):
                self._tell(name, accepted)
        if self._injector.strikes(FAILS_AFTER, delivery_id):
            return Reply(500, "InternalServiceErrorException")
        if self._injector.strikes(DIES_AFTER, delivery_id):
            return Reply(0)
        if self._injector.strikes(HANGS, delivery_id):
            time.sleep(self._late)
        return Reply(200, message_id=accepted.message_id)

    def _tell(self, name: str, accepted: Accepted) -> None:
        delivery_id = accepted.delivery_id
        if self._injector.strikes(EVENT_LOST, delivery_id):
            return
        late = self._injector.strikes(EVENT_LATE, delivery_id)
        told = email_event(name, delivery_id, accepted.claim_no, message_id=accepted.message_id)
        for _ in range(2 if self._injector.strikes(EVENT_TWICE, delivery_id) else 1):
            delay = self._injector.between(10, 14) if late else self._injector.between(0, 1)
            self._events.send([{"Id": "0", "MessageBody": body(told), "DelaySeconds": delay}])

    def _is_doomed(self, delivery_id: UUID) -> bool:
        """Whether this delivery is denied at every attempt, until the provider is mended."""
        if self.mended:
            return False
        if delivery_id not in self._doomed | self._spared:
            (self._doomed if self._injector.strikes(DOOMED, delivery_id) else self._spared).add(delivery_id)
        return delivery_id in self._doomed


def told_of(text: str) -> UUID:
    """Whose event a message of the events' queue is."""
    return UUID(json.loads(json.loads(text)["Message"])["mail"]["tags"]["delivery_id"][0])
