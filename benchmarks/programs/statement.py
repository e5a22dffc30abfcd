"""The statement of create alone: its parameters are built before the clock starts, and its answer is not parsed."""

from collections.abc import Mapping
from typing import Any, override

from benchmarks.capture import Captured, capture
from benchmarks.cases import PRODUCER
from benchmarks.programs.create import Create
from carillon.models.new_notification import NewNotification
from carillon.notifications import record


class Statement(Create):
    """Run prepared statements."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__(config)
        self.captured: list[Captured] = []

    @override
    def prepare(self, work: Mapping[str, Any]) -> None:
        super().prepare(work)
        new = [NewNotification.model_validate(body) for body in self.bodies]
        self.captured = [
            capture(lambda database, each=each: record.create(database, self.settings, PRODUCER, each, None))
            for each in new
        ]

    @override
    def run(self) -> None:
        for each in self.captured:
            self.database.rows(each.name, each.parameters)


def start(config: Mapping[str, Any]) -> Statement:
    """Return the program, connected."""
    return Statement(config)
