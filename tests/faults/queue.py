"""A queue as SQS is one: at least once, delays, visibility timeouts, receive counts, a redrive policy. And worse.

Small and of our own, because what is needed of it here is to break: no emulator loses a message, delivers one twice,
answers nothing after it has stored all, or has a clock that is wrong. It is spoken to by the real client, see cloud.py.
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
    """One message. `visible_at` is monotonic time, `sent_at` what SQS's clock said."""

    message_id: str
    body: str
    sent_at: float
    visible_at: float
    receives: int = 0
    handle: str = ""


class Queue:
    """One queue and its dead-letter queue, which is filled by the redrive policy alone."""

    def __init__(
        self, injector: Injector, *, visibility_seconds: float, max_receives: int = 5,
        subject: Callable[[str], UUID] = lambda body: UUID(json.loads(body)["delivery_id"]),
    ) -> None:  # fmt: skip
        self._injector = injector
        self._subject = subject  # whose a message's body is
        self._visibility = visibility_seconds
        self._max_receives = max_receives
        self._messages: dict[str, Stored] = {}
        self._order: list[tuple[float, str]] = []
        self._lock = threading.Condition()
        self.dead: list[Stored] = []
        self.held = False  # a backlog stands: nobody receives anything

    def send(self, entries: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
        """SendMessageBatch."""
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
        """ReceiveMessage. What was received too often goes to the dead-letter queue instead."""
        deadline = time.monotonic() + wait_seconds
        with self._lock:
            while True:
                taken = [] if self.held else self._take(maximum)
                left = deadline - time.monotonic()
                if taken or left <= 0:
                    return taken
                self._lock.wait(min(left, 0.1))

    def _take(self, maximum: int) -> list[dict[str, Any]]:
        taken: list[dict[str, Any]] = []
        now = time.monotonic()
        while self._order and self._order[0][0] <= now and len(taken) < maximum:
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
            taken.append(
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
        return taken

    def _hide(self, stored: Stored, seconds: float) -> None:
        stored.visible_at = time.monotonic() + seconds
        heapq.heappush(self._order, (stored.visible_at, stored.message_id))

    def delete(self, handles: list[str]) -> None:
        """DeleteMessageBatch. A handle that is not the last one deletes nothing."""
        with self._lock:
            for handle in handles:
                stored = self._messages.get(handle.partition("/")[0])
                if stored and stored.handle == handle and not self._injector.strikes(KEPT, self._subject(stored.body)):
                    del self._messages[stored.message_id]

    def change_visibility(self, entries: list[dict[str, Any]]) -> None:
        """ChangeMessageVisibilityBatch."""
        with self._lock:
            for entry in entries:
                stored = self._messages.get(entry["ReceiptHandle"].partition("/")[0])
                if stored and stored.handle == entry["ReceiptHandle"]:
                    self._hide(stored, entry["VisibilityTimeout"])
            self._lock.notify()

    def visible(self) -> int:
        """ApproximateNumberOfMessages."""
        now = time.monotonic()
        with self._lock:
            return sum(stored.visible_at <= now for stored in self._messages.values())

    def __len__(self) -> int:
        return len(self._messages)

    def redrive(self, *, times: int = 1) -> list[UUID]:
        """What the console's redrive does: each dead message is new in the queue. Returns whose they were."""
        with self._lock:
            dead, self.dead = self.dead, []
            for stored in dead * times:
                self._show(Stored(str(uuid4()), stored.body, time.time(), time.monotonic()))
        return [self._subject(stored.body) for stored in dead]

    def forget_hidden(self) -> None:
        """Show what workers that found no database put away for a quarter of an hour: its rows have left since."""
        with self._lock:
            for stored in self._messages.values():
                if stored.visible_at > time.monotonic() + 60:
                    self._hide(stored, 0)
            self._lock.notify()
