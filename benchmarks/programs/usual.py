"""The usual way to record a notification, with psycopg: one transaction of eight statements, one trip each.

psycopg prepares each statement at its first use. The SQL is that of the program in Node: benchmarks/usual/.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from benchmarks.cases import Body, bodies

FOLDER = Path(__file__).resolve().parents[1] / "usual"
LIMIT = 100_000  # a minute, for each person and channel
DIGEST_SECONDS = 300


def _sql(name: str) -> bytes:
    """Return a statement with the placeholders of psycopg."""
    return re.sub(r"\$\d", "%s", (FOLDER / f"{name}.sql").read_text("utf-8")).encode()


PREFERENCES, INSERT, FIND, COUNT, ENQUEUE = map(_sql, ("preferences", "insert", "find", "limit", "enqueue"))


class Usual:
    """Record prepared bodies, one after the other."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.connection = psycopg.Connection[DictRow].connect(
            config["usual"], autocommit=True, row_factory=dict_row, prepare_threshold=0
        )
        self.sent = 0
        self.channels: list[str] = []
        self.bodies: list[Body] = []

    def prepare(self, work: Mapping[str, Any]) -> None:
        """Build the bodies."""
        self.channels = work["channels"]
        self.bodies = bodies(work, self.config["number"], self.config["processes"], self.sent)
        self.sent += work["count"]

    def run(self) -> None:
        """Record."""
        for body in self.bodies:
            self._create(body)

    def _create(self, body: Body) -> DictRow | None:
        connection, user_id = self.connection, body["user_id"]
        with connection.transaction():
            preferences = connection.execute(PREFERENCES, [user_id]).fetchone()
            key = f"{body['event_name']}:{body['resource_id']}"
            content = [body[name] for name in ("event_name", "title", "body", "severity", "target_url")]
            row = connection.execute(INSERT, [user_id, *content, Jsonb(body["data"]), key]).fetchone()
            if row is None:
                return connection.execute(FIND, [user_id, key]).fetchone()
            for channel in self.channels:
                if not preferences or not preferences[f"{channel}_enabled"]:
                    continue
                counted = connection.execute(COUNT, [user_id, channel]).fetchone()
                if not counted or counted["count"] > LIMIT:
                    continue
                delay = 0 if body["severity"] == "critical" else DIGEST_SECONDS
                connection.execute(ENQUEUE, [row["id"], channel, delay])
            return row


def start(config: Mapping[str, Any]) -> Usual:
    """Return the program, connected."""
    return Usual(config)
