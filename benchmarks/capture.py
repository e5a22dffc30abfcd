"""The statement and the parameters that a function of the product would run."""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn, override

from psycopg.rows import DictRow

from carillon.database.connection import Database
from carillon.settings.base import DatabaseSettings


class Captured(Exception):
    """The name and the parameters of a statement that was not run."""

    def __init__(self, name: str, parameters: Mapping[str, Any]) -> None:
        super().__init__(name)
        self.name = name
        self.parameters = parameters


class _Capturing(Database):
    @override
    def rows(self, name: str, parameters: Mapping[str, Any] | None = None) -> NoReturn:
        raise Captured(name, parameters or {})

    @override
    def row(self, name: str, parameters: Mapping[str, Any] | None = None) -> DictRow | None:
        raise Captured(name, parameters or {})


def capture(call: Callable[[Database], object]) -> Captured:
    """Call a function with a database that runs nothing, and return its first statement."""
    database = _Capturing(DatabaseSettings(database_url="unused"))
    try:
        call(database)
    except Captured as captured:
        return captured
    raise AssertionError("the function ran no statement")
