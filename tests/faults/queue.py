"""A queue with the semantics of SQS: at least once, delays, visibility timeouts, receive counts, a redrive policy.

It is code of these tests because it must fail on purpose. No emulator loses a message, delivers one twice, gives no
answer after it stored a batch, or has a wrong clock. The real client calls it: see cloud.py.
"""

import heapq
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from tests.faults.injector import Injector

DROPPED = "message dropped by SQS"
DUPLICATED = "message delivered twice by SQS"
REFUSED = "message refused by SQS"
SKEWED = "SQS's clock wrong by up to 5 s"
KEPT = "acknowledgement lost by SQS"


@dataclass(slots=True)
class Stored:
    """One message. `visible_at` is monotonic time; `sent_at` is Unix time by the queue's clock, which may be wrong."""

    message_id: str
    body: str
    sent_at: float
    visible_at: float
    receives: int = 0
    handle: str = ""


class Queue:
    """One queue and its dead-letter queue. Only the redrive policy fills the latter."""

    def __init__(
        self, injector: Injector, *, visibility_seconds: float, max_receives: int = 5,
        subject: Callable[[str], UUID] = lambda body: UUID(json.loads(body)["delivery_id"]),
    ) -> None:  # fmt: skip
        self._injector = injector
        self._subject = subject  # returns the delivery id of a message's body
        self._visibility = visibility_seconds
        self._max_receives = max_receives
        self._messages: dict[str, Stored] = {}
        self._order: list[tuple[float, str]] = []
        self._lock = threading.Condition()
        self.dead: list[Stored] = []
        self.stopped = False  # no consumer receives anything, so a backlog grows

    def send(self, entries: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
        """Answer SendMessageBatch."""
        reply: dict[str, list[dict[str, Any]]] = {"Successful": [], "Failed": []}
        with self._lock:
            for entry in entries:
                subject = self._subject(entry["MessageBody"])
                if self._injector.strikes(REFUSED, subject):
                    reply["Failed"].append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
                    continue
                reply["Successful"].append({"Id": entry["Id"], "MessageId": str(uuid4()), "MD5OfMessageBody": ""})
                delay = entry.get("DelaySeconds", 0)
                if not self._injector.strikes(DROPPED, subject):
                    self._store(entry["MessageBody"], delay, subject)
                if self._injector.strikes(DUPLICATED, subject):
                    self._store(entry["MessageBody"], delay + self._injector.between(0, 2), subject)
        return reply

    def _store(self, body: str, delay: float, subject: UUID) -> None:
        skew = self._injector.between(-5, 5) if self._injector.strikes(SKEWED, subject) else 0.0
        self._show(Stored(str(uuid4()), body, time.time() + skew, time.monotonic() + delay))

    def _show(self, stored: Stored) -> None:
        self._messages[stored.message_id] = stored
        heapq.heappush(self._order, (stored.visible_at, stored.message_id))
        self._lock.notify()

    def receive(self, maximum: int, wait_seconds: float) -> list[dict[str, Any]]:
        """Answer ReceiveMessage. A message that was received too often moves to the dead-letter queue instead."""
        deadline = time.monotonic() + wait_seconds
        with self._lock:
            while True:
                received = [] if self.stopped else self._receive(maximum)
                left = deadline - time.monotonic()
                if received or left <= 0:
                    return received
                self._lock.wait(min(left, 0.1))

    def _receive(self, maximum: int) -> list[dict[str, Any]]:
        received: list[dict[str, Any]] = []
        now = time.monotonic()
        while self._order and self._order[0][0] <= now and len(received) < maximum:
            visible_at, message_id = heapq.heappop(self._order)
            stored = self._messages.get(message_id)
            if stored is None or stored.visible_at != visible_at:
                continue
            if stored.receives >= self._max_receives:
                self.dead.append(self._messages.pop(message_id))
                continue
            stored.receives += 1
            stored.handle = f"{message_id}/{stored.receives}"
            self._hide(stored, self._visibility)
            received.append(
                {
                    "MessageId": message_id,
                    "ReceiptHandle": stored.handle,
                    "Body": stored.body,
                    "Attributes": {
                        "ApproximateReceiveCount": str(stored.receives),
                        "SentTimestamp": str(int(stored.sent_at * 1000)),
                    },
                }
            )
        return received

    def _hide(self, stored: Stored, seconds: float) -> None:
        stored.visible_at = time.monotonic() + seconds
        heapq.heappush(self._order, (stored.visible_at, stored.message_id))

    def delete(self, handles: list[str]) -> None:
        """Answer DeleteMessageBatch. Only a message's latest handle deletes it."""
        with self._lock:
            for handle in handles:
                stored = self._messages.get(handle.partition("/")[0])
                if stored and stored.handle == handle and not self._injector.strikes(KEPT, self._subject(stored.body)):
                    del self._messages[stored.message_id]

    def change_visibility(self, entries: list[dict[str, Any]]) -> None:
        """Answer ChangeMessageVisibilityBatch."""
        with self._lock:
            for entry in entries:
                stored = self._messages.get(entry["ReceiptHandle"].partition("/")[0])
                if stored and stored.handle == entry["ReceiptHandle"]:
                    self._hide(stored, entry["VisibilityTimeout"])
            self._lock.notify()

    def visible(self) -> int:
        """Return the attribute ApproximateNumberOfMessages."""
        now = time.monotonic()
        with self._lock:
            return sum(stored.visible_at <= now for stored in self._messages.values())

    def __len__(self) -> int:
        return len(self._messages)

    def redrive(self, *, times: int = 1) -> list[UUID]:
        """Send each dead message to the queue again, as the console's redrive does. Return their delivery ids."""
        with self._lock:
            dead, self.dead = self.dead, []
            for stored in dead * times:
                self._show(Stored(str(uuid4()), stored.body, time.time(), time.monotonic()))
        return [self._subject(stored.body) for stored in dead]

    def show_hidden(self) -> None:
        """Show messages that workers hid for 15 minutes because the database did not answer."""
        with self._lock:
            for stored in self._messages.values():
                if stored.visible_at > time.monotonic() + 60:
                    self._hide(stored, 0)
            self._lock.notify()
