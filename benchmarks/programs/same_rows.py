"""The rows that create stores, written by one prepared statement of psycopg that decides nothing."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import psycopg

from benchmarks.cases import bodies, person
from benchmarks.product_tables import SameRows, sample_row
from carillon.ids import uuid7
from carillon.models.channel import CHANNELS


class Rows:
    """Insert prepared rows, one notification after the other."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.connection = psycopg.connect(config["superuser"], autocommit=True)
        self.sent = 0
        self.statement: SameRows | None = None
        self.rows: list[tuple[UUID, str, str, dict[str, UUID]]] = []

    def prepare(self, work: Mapping[str, Any]) -> None:
        """Build the rows, with the content that create stored for the first person of the case."""
        if self.statement is None:
            self.statement = SameRows(sample_row(self.connection, person(work["case"], 0)))
        built = bodies(work, self.config["number"], self.config["processes"], self.sent)
        self.rows = [
            (uuid7(), body["user_id"], f"rows:{body['resource_id']}", {channel: uuid7() for channel in CHANNELS})
            for body in built
        ]
        self.sent += work["count"]

    def run(self) -> None:
        """Insert."""
        assert self.statement
        for row in self.rows:
            self.statement.insert(self.connection, *row)


def start(config: Mapping[str, Any]) -> Rows:
    """Return the program, connected."""
    return Rows(config)
