"""Where a process may be killed, and its journal: what it had in its hands when it was.

The package knows nothing of this: its parts are wrapped where they are put together, in processes.py.
"""

import os
import random
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import DictRow

from carillon.channels import Sender
from carillon.database.connection import Database
from carillon.deliveries.dispatch import Dispatcher
from carillon.models.delivery import ClaimedDelivery, Dispatch, Outcome, OutcomeKind
from carillon.settings.groups import DatabaseSettings

REAL_TIME = time.time  # a process whose clock is wrong has another
WORKER_SEAMS = ("received", "claimed", "sending", "accepted", "finished", "dispatched")
REAPER_SEAMS = ("reset", "taken", "redispatching")
PRODUCER_SEAMS = ("recorded",)
LISTENER_SEAMS = ("heard",)
REPLIES_LOST = ("deliveries/claim", "deliveries/finish", "notifications/create", "feedback/record")
# A named statement, and the seam right after it was committed.
AFTER = {
    "deliveries/claim": "claimed",
    "deliveries/finish": "finished",
    "deliveries/reset_stuck": "reset",
    "deliveries/take_undispatched": "taken",
    "deliveries/take_lost": "redispatching",
    "notifications/create": "recorded",
    "feedback/record": "heard",
}


class Journal:
    """One file a process. Each line is one write, so that it is whole even when the next instruction never comes."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, *words: object) -> None:
        """Append a line."""
        os.write(self._file, (" ".join(str(word) for word in words) + "\n").encode())


class Seams:
    """Kills this very process, as SIGKILL does, the given time that it reaches a seam."""

    def __init__(self, journal: Journal, seam: str | None, countdown: int) -> None:
        self.journal, self._seam, self._left = journal, seam, countdown

    def reached(self, seam: str, delivery_ids: Sequence[object] = ()) -> None:
        """Here. `delivery_ids`: whose step it was; without any there was nothing to do, and nothing is hurt."""
        if seam != self._seam:
            return
        self._left -= 1
        if self._left <= 0:
            self.journal.write("killed", seam, *delivery_ids)
            os.kill(os.getpid(), signal.SIGKILL)


class WatchedDatabase(Database):
    """The real one, with a seam after each statement, and answers that are lost after the statement was committed."""

    def __init__(self, settings: DatabaseSettings, seams: Seams, lost: float, dice: random.Random) -> None:
        super().__init__(settings)
        self._seams, self._lost, self._dice = seams, lost, dice

    def rows(self, name: str, parameters: Mapping[str, Any] | None = None) -> list[DictRow]:
        if name == "deliveries/claim":
            self._seams.reached("received", (parameters or {})["ids"])
        try:
            rows = super().rows(name, parameters)
        except Exception:
            if name == "deliveries/finish":
                for result in (parameters or {})["results"].obj:
                    self._seams.journal.write("unfinished", result["delivery_id"], result["claim_no"])
            raise
        if ids := self._note(name, parameters or {}, rows):
            self._seams.reached(AFTER[name], ids)
        return rows

    def _note(self, name: str, parameters: Mapping[str, Any], rows: list[DictRow]) -> list[object]:
        """Write down what is in hands now, and what no longer; return whose step that was."""
        if name == "deliveries/claim":
            for claim in (each["delivery"] for each in rows[0]["answer"] if each["delivery"]):
                self._seams.journal.write("claimed", claim["delivery_id"], claim["claim_no"])
        elif name == "deliveries/finish":
            numbers = {each["delivery_id"]: each["claim_no"] for each in parameters["results"].obj}
            for row in rows:
                number = numbers[str(row["delivery_id"])]
                self._seams.journal.write("finished" if row["written"] else "fenced", row["delivery_id"], number)
            return [row["delivery_id"] for row in rows if row["status"] == "pending"]
        elif name == "feedback/record":
            for told in parameters["events"].obj:
                self._seams.journal.write("heard", told["delivery_id"], told["claim_no"], REAL_TIME())
        return self._concerned(name, rows) if name in AFTER else []

    def _run(self, name: str, parameters: Mapping[str, Any] | None) -> list[DictRow]:
        rows = super()._run(name, parameters)
        if name in REPLIES_LOST and self._dice.random() < self._lost:
            for delivery_id in self._concerned(name, rows):
                self._seams.journal.write("reply_lost", name, delivery_id, REAL_TIME())
            self.close()
            raise psycopg.OperationalError("the connection broke before the answer came")
        return rows

    @staticmethod
    def _concerned(name: str, rows: list[DictRow]) -> list[object]:
        if name == "deliveries/claim":
            return [each["delivery_id"] for each in rows[0]["answer"] if each["delivery"]]
        if name == "notifications/create":
            return [each["delivery_id"] for each in rows[0]["answer"]["dispatch"]]
        if name == "feedback/record":
            return [each["delivery_id"] for each in rows[0]["told"]["events"]]
        return [row["delivery_id"] for row in rows]


class WatchedSender:
    """The real channel, with a seam before the request leaves and one after it was accepted."""

    def __init__(self, sender: Sender, seams: Seams) -> None:
        self._sender, self._seams = sender, seams

    def send(self, delivery: ClaimedDelivery) -> Outcome:
        """Make one attempt."""
        self._seams.reached("sending", [delivery.delivery_id])
        outcome = self._sender.send(delivery)
        self._seams.journal.write("outcome", delivery.delivery_id, delivery.claim_no, outcome.kind.value)
        if outcome.kind is OutcomeKind.SENT:
            self._seams.reached("accepted", [delivery.delivery_id])
        return outcome


class WatchedDispatcher(Dispatcher):
    """The real one, with a seam after it: the messages that it worked off are not acknowledged yet."""

    def __init__(self, *parts: Any, seams: Seams) -> None:
        super().__init__(*parts)
        self._seams = seams

    def dispatch(self, due: Sequence[Dispatch]) -> int:
        taken = super().dispatch(due)
        if due:
            self._seams.reached("dispatched", [each.delivery_id for each in due])
        return taken
