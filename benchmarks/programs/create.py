"""The whole call of create, as the handler makes it: from a parsed body to the answer."""

from collections.abc import Mapping
from typing import Any

from benchmarks.cases import PRODUCER, Body, bodies, create_settings
from carillon.database.connection import Database
from carillon.models.new_notification import NewNotification
from carillon.notifications import record
from carillon.settings import CreateSettings


class Create:
    """Record prepared bodies, one after the other."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.sent = 0
        self.settings: CreateSettings = create_settings(config["product"])
        self.database = Database(self.settings)
        self.database.check()
        self.bodies: list[Body] = []

    def prepare(self, work: Mapping[str, Any]) -> None:
        """Build the bodies. `full` takes the settings of a stack in use."""
        self.settings = create_settings(self.config["product"], full=work["full"])
        self.bodies = bodies(work, self.config["number"], self.config["processes"], self.sent)
        self.sent += work["count"]

    def run(self) -> None:
        """Record."""
        for body in self.bodies:
            record.create(self.database, self.settings, PRODUCER, NewNotification.model_validate(body), None)


def start(config: Mapping[str, Any]) -> Create:
    """Return the program, connected."""
    return Create(config)
