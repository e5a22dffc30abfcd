"""The pipe of the demo: the latest notifications with each channel's answer in words, and where each delivery is."""

import json
import threading
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from carillon.models.channel import CHANNELS
from carillon.models.story import Story
from carillon.notifications.explanation import explain
from devstack.aws.emulator import Emulator
from devstack.seed import depth

_STATEMENTS = {path.stem: path.read_bytes() for path in Path(__file__).with_name("sql").glob("*.sql")}


class Pipe:
    """Reads the devstack's database and queues. `queues` are the URLs of the queue and its dead-letter queue."""

    def __init__(self, database_url: str, emulator: Emulator, queues: tuple[str, str]) -> None:
        self._database_url = database_url
        self._emulator = emulator
        self._queue_url, self._dlq_url = queues
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self._lock = threading.Lock()

    def read(self) -> dict[str, Any]:
        """Return the state that the page shows. Raise psycopg.Error if the database does not answer."""
        [[state]] = self._run("pipe")
        happened = state.pop("happened")
        return state | {
            "happened": [_describe(event) for event in happened],
            "queue": depth(self._emulator, self._queue_url),
            "dead_letters": depth(self._emulator, self._dlq_url),
        }

    def send_now(self, delivery_id: UUID) -> bool:
        """Make an open digest due and dispatch it. Return whether there was one.

        The service has no such command. It is here so that a person need not wait for minutes.
        """
        if not self._run("send_now", {"id": delivery_id}):
            return False
        self._emulator.client("sqs").send_message(
            QueueUrl=self._queue_url, MessageBody=json.dumps({"delivery_id": str(delivery_id)})
        )
        return True

    def close(self) -> None:
        """Close the connection to the database."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()

    def _run(self, name: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        with self._lock:
            for last in (False, True):  # connect again if the server was restarted
                try:
                    if self._connection is None or self._connection.closed:
                        self._connection = psycopg.connect(self._database_url, autocommit=True, connect_timeout=3)
                    return self._connection.execute(_STATEMENTS[name], parameters).fetchall()
                except psycopg.OperationalError:
                    if last:
                        raise
        raise AssertionError


def _describe(event: dict[str, Any]) -> dict[str, Any]:
    """Return one event with each channel's answer, in the words that the API uses."""
    story = event["story"]
    answers = explain(Story.model_validate(story))
    return {
        "id": event["id"],
        "ids": event["ids"],
        "title": event["title"],
        "times": event["times"],
        "user": story["user_id"],
        "severity": story["severity"],
        "event": story["event_name"],
        "at": story["created_at"],
        "read": story["read_at"] is not None,
        "in_app": {"reason": answers.in_app.reason, "words": answers.in_app.explanation},
        "channels": {
            name: {"action": answer.action, "reason": answer.reason, "words": answer.explanation}
            for name, answer in ((channel, answers.of(channel)) for channel in CHANNELS)
        },
    }
