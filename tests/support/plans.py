"""Plans of one statement (EXPLAIN), and of all statements that it runs in SQL functions (auto_explain)."""

import json
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import DictRow

from carillon.database.connection import statement

BIG = {
    "notifications", "deliveries", "delivery_items", "recipients",
    "rate_limits",
}  # fmt: skip


@dataclass
class Explained:
    """The plans of all statements of one call."""

    plans: list[dict[str, Any]]

    def scans(self) -> Iterator[tuple[str, str, float]]:
        """Yield each scan of a large table: kind, table or index, and rows read."""
        waiting = [plan["Plan"] for plan in self.plans]
        while waiting:
            node = waiting.pop()
            waiting += node.get("Plans", [])
            name = node.get("Relation Name")
            if name in BIG or node["Node Type"] == "Bitmap Index Scan":
                read = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
                read += node.get("Rows Removed by Index Recheck", 0)
                yield node["Node Type"], name or node["Index Name"], read * node["Actual Loops"]

    @property
    def indexes(self) -> set[str]:
        """The names of all indexes that the plans use."""
        nodes = [node for plan in self.plans for node in flatten(plan["Plan"])]
        return {node["Index Name"] for node in nodes if "Index Name" in node}

    def reads_at_most(self, rows: int) -> None:
        scans = list(self.scans())
        assert scans, "no scan of a large table: nothing was explained"
        assert not [scan for scan in scans if scan[0] == "Seq Scan"], scans
        assert max(read for _, _, read in scans) <= rows, scans


class Big:
    """A large database. Each explained call is rolled back."""

    def __init__(self, connection: psycopg.Connection[DictRow]) -> None:
        self.connection = connection
        self._notes: list[str] = []
        self._mode = "auto"
        connection.add_notice_handler(lambda note: self._notes.append(note.message_primary or ""))

    @contextmanager
    def undone(self) -> Generator[None]:
        with self.connection.transaction(force_rollback=True):
            yield

    def explain(self, name: str, parameters: dict[str, Any]) -> Explained:
        return self.explain_query(statement(name), parameters)

    def explain_query(self, query: bytes, parameters: dict[str, Any]) -> Explained:
        self._notes.clear()
        with self.undone():
            self.connection.execute(f"SET LOCAL plan_cache_mode = {self._mode}".encode())
            self.connection.execute("SET LOCAL client_min_messages = log")
            self.connection.execute("SET LOCAL auto_explain.log_min_duration = 0")
            self._notes.clear()
            self.connection.execute(query, parameters)
            self.connection.execute("SET LOCAL auto_explain.log_min_duration = -1")
        plans = [json.loads(note[note.index("{") :]) for note in self._notes if note.startswith("duration:")]
        return Explained(plans)

    def in_both_modes(self) -> Iterator[None]:
        """Yield once for each plan mode: custom plans for the values of a call, and cached generic plans."""
        for self._mode in ("force_custom_plan", "force_generic_plan"):
            yield
        self._mode = "auto"

    def ids(self, status: str, count: int = 10) -> list[Any]:
        rows = self.connection.execute(
            "SELECT id FROM deliveries WHERE status = %s ORDER BY md5(id::text) LIMIT %s", [status, count]
        ).fetchall()
        assert len(rows) == count
        return [row["id"] for row in rows]


@dataclass
class Plan:
    """An executed plan as a flat list of nodes."""

    nodes: list[dict[str, Any]]

    @property
    def indexes(self) -> set[str]:
        return {node["Index Name"] for node in self.nodes if "Index Name" in node}

    @property
    def buffers(self) -> int:
        """The number of pages read, because the top node counts those below it."""
        return self.nodes[0]["Shared Hit Blocks"] + self.nodes[0]["Shared Read Blocks"]

    @property
    def rows_read(self) -> int:
        """The largest number of rows that a node read, over all its loops."""
        return max(
            (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in self.nodes
        )

    def scans(self) -> set[str]:
        return {node["Relation Name"] for node in self.nodes if node["Node Type"] == "Seq Scan"}


def carried_out(cursor: psycopg.ClientCursor[Any], text: str) -> Plan:
    """Execute a statement and return its plan."""
    found = cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {text}".encode()).fetchone()
    assert found
    [explained] = next(iter(found.values()))
    return Plan(flatten(explained["Plan"]))


def flatten(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(each for child in node.get("Plans", []) for each in flatten(child))]
