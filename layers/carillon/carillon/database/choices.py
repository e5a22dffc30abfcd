"""Choices of the stack whose default depends on the release that made the database.

A new stack gets the safer default. A stack of a release before these parameters keeps what it had.
"""

from collections.abc import Mapping
from typing import Any

import psycopg

from carillon.database.connection import statement

AUTO = "auto"
# parameter → its value in a new stack, and in one of a release before the parameter
CHOICES: Mapping[str, tuple[str, str]] = {
    "DefaultEmail": ("critical", "off"),
    "ProducerScopes": ("separate", "combined"),
}


def resolve(connection: psycopg.Connection[Any], asked: Mapping[str, Any]) -> dict[str, str]:
    """Return the value of each parameter. `auto`, or none, depends on the migrations that the database has."""
    row: Any = connection.execute(statement("migrations/is_older")).fetchone()
    by_age = {name: before if row["is_older"] else new for name, (new, before) in CHOICES.items()}
    return {name: value if asked.get(name, AUTO) == AUTO else str(asked[name]) for name, value in by_age.items()}
