"""The bare prepared INSERT of the notification's row, by psycopg in autocommit."""

from collections.abc import Mapping
from typing import Any

import psycopg

from benchmarks.cases import bodies, person
from benchmarks.product_tables import BareInsert, sample_row
from carillon.ids import uuid7


class Bare:
    """Insert prepared rows, one after the other."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.connection = psycopg.connect(config["superuser"], autocommit=True)
        self.sent = 0
        self.inserts: dict[str, BareInsert] = {}
        self.insert: BareInsert | None = None
        self.rows: list[tuple[Any, str, str]] = []

    def prepare(self, work: Mapping[str, Any]) -> None:
        """Build the rows, with the content that create stored for the first person of the case."""
        case = work["case"]
        if case not in self.inserts:
            self.inserts[case] = BareInsert(sample_row(self.connection, person(case, 0)))
        self.insert = self.inserts[case]
        built = bodies(work, self.config["number"], self.config["processes"], self.sent)
        self.rows = [(uuid7(), body["user_id"], f"bare:{body['resource_id']}") for body in built]
        self.sent += work["count"]

    def run(self) -> None:
        """Insert."""
        assert self.insert
        for row in self.rows:
            self.insert.one(self.connection, *row)


def start(config: Mapping[str, Any]) -> Bare:
    """Return the program, connected."""
    return Bare(config)
