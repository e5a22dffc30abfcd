"""The seams: the places at which a process can be killed. And its journal: which claims it had at that moment.

The package has no code for this. processes.py wraps its database, senders and dispatcher.
"""

import json
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
from carillon.settings.base import DatabaseSettings

REAL_TIME = time.time  # processes.py replaces time.time in a process with a wrong clock
WORKER_SEAMS = ("received", "claimed", "sending", "accepted", "finished", "dispatched")
REAPER_SEAMS = ("reset", "taken", "redispatching")
PRODUCER_SEAMS = ("recorded",)
LISTENER_SEAMS = ("event",)
REPLIES_LOST = ("deliveries/claim", "deliveries/finish", "notifications/create", "feedback/record")
# The statements, and the seam after each was committed.
AFTER = {
    "deliveries/claim": "claimed",
    "deliveries/finish": "finished",
    "deliveries/reset_stuck": "reset",
    "deliveries/take_undispatched": "taken",
    "deliveries/take_lost": "redispatching",
    "notifications/create": "recorded",
    "feedback/record": "event",
}


class Journal:
    """One file for each process. Each line is one write, so a line is complete even if the process is killed next."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, *words: object) -> None:
        """Append a line."""
        os.write(self._file, (" ".join(str(word) for word in words) + "\n").encode())


class Seams:
    """Kills the current process with SIGKILL when it reaches a seam for the given time."""

    def __init__(self, journal: Journal, seam: str | None, countdown: int) -> None:
        self.journal, self._seam, self._left = journal, seam, countdown

    def reached(self, seam: str, delivery_ids: Sequence[object] = ()) -> None:
        """Call this at a seam. `delivery_ids` are the deliveries of the step; they are empty if there was none."""
        if seam != self._seam:
            return
        self._left -= 1
        if self._left <= 0:
            self.journal.write("killed", seam, *delivery_ids)
            os.kill(os.getpid(), signal.SIGKILL)


class WatchedDatabase(Database):
    """The real database, with a seam after each statement. Some answers are lost after the statement was committed."""

    def __init__(self, settings: DatabaseSettings, seams: Seams, replies_lost: float, dice: random.Random) -> None:
        super().__init__(settings)
        self._seams, self._replies_lost, self._dice = seams, replies_lost, dice

    def rows(self, name: str, parameters: Mapping[str, Any] | None = None) -> list[DictRow]:
        if name == "deliveries/claim":
            self._seams.reached("received", (parameters or {})["ids"])
        try:
            rows = super().rows(name, parameters)
        except Exception:
            if name == "deliveries/finish":
                for result in json.loads((parameters or {})["results"]):
                    self._seams.journal.write("unfinished", result["delivery_id"], result["claim_no"])
            raise
        if ids := self._write_journal(name, parameters or {}, rows):
            self._seams.reached(AFTER[name], ids)
        return rows

    def _write_journal(self, name: str, parameters: Mapping[str, Any], rows: list[DictRow]) -> list[object]:
        """Write the claims that this statement opened or closed. Return the deliveries of the step."""
        if name == "deliveries/claim":
            for claim in (each["delivery"] for each in json.loads(rows[0]["answer"]) if each["delivery"]):
                self._seams.journal.write("claimed", claim["delivery_id"], claim["claim_no"])
        elif name == "deliveries/finish":
            numbers = {each["delivery_id"]: each["claim_no"] for each in json.loads(parameters["results"])}
            for row in rows:
                number = numbers[str(row["delivery_id"])]
                self._seams.journal.write("finished" if row["written"] else "fenced", row["delivery_id"], number)
            return [row["delivery_id"] for row in rows if row["status"] == "pending"]
        elif name == "feedback/record":
            for event in parameters["events"].obj:
                self._seams.journal.write("event", event["delivery_id"], event["claim_no"], REAL_TIME())
        return self._deliveries_of(name, rows) if name in AFTER else []

    def _run(self, name: str, parameters: Mapping[str, Any] | None) -> list[DictRow]:
        rows = super()._run(name, parameters)
        if name in REPLIES_LOST and self._dice.random() < self._replies_lost:
            for delivery_id in self._deliveries_of(name, rows):
                self._seams.journal.write("reply_lost", name, delivery_id, REAL_TIME())
            self.close()
            raise psycopg.OperationalError("the connection broke before the answer came")
        return rows

    @staticmethod
    def _deliveries_of(name: str, rows: list[DictRow]) -> list[object]:
        if name == "deliveries/claim":
            return [each["delivery_id"] for each in json.loads(rows[0]["answer"]) if each["delivery"]]
        if name == "notifications/create":
            return [each["delivery_id"] for each in json.loads(rows[0]["answer"])["dispatch"]]
        if name == "feedback/record":
            return [each["delivery_id"] for each in rows[0]["told"]["events"]]
        return [row["delivery_id"] for row in rows]


class WatchedSender:
    """The real sender, with a seam before the request and one after the provider accepted it."""

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
    """The real dispatcher, with a seam after it. At that moment the batch's messages are not acknowledged yet."""

    def __init__(self, *arguments: Any, seams: Seams) -> None:
        super().__init__(*arguments)
        self._seams = seams

    def dispatch(self, due: Sequence[Dispatch]) -> int:
        dispatched = super().dispatch(due)
        if due:
            self._seams.reached("dispatched", [each.delivery_id for each in due])
        return dispatched
