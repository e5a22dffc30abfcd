"""The people of an export: the endpoints of each person, joined. They are kept in a database on the disk.

An export may have millions of lines, and those of one person may be in several files. So memory holds one batch. The
folder of the database is only for its owner, and is deleted at the end.
"""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cli.pinpoint.endpoints import Endpoint

MAX_PEOPLE = 500  # in one request to the operator function
MAX_DEVICES = 100  # in one request: each takes two calls to SNS
DEVICES_OF_A_PERSON = 20  # Carillon keeps no more

_TABLE = """
CREATE TABLE lines (
    file INTEGER, line INTEGER, user_id TEXT, kind TEXT, address TEXT, opted_out INTEGER, at TEXT, locale TEXT,
    timezone TEXT, outcome TEXT, PRIMARY KEY (file, line)
) WITHOUT ROWID
"""

Line = tuple[int, int]  # the number of the file, and of the line in it


@dataclass
class Person:
    """One person for the operator function, and the lines that the parts of the answer are about."""

    user_id: str
    email: str | None = None
    locale: str | None = None
    timezone: str | None = None
    off: list[str] = field(default_factory=list[str])
    devices: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    contact_line: Line | None = None
    device_lines: list[Line] = field(default_factory=list[Line])

    @property
    def request(self) -> dict[str, Any]:
        """The person as the operator function takes it."""
        return {name: getattr(self, name) for name in ("user_id", "email", "locale", "timezone", "off", "devices")}


class People:
    """All lines of an export, and what became of each."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.execute(_TABLE)

    def add(self, line: Line, endpoint: Endpoint | str) -> None:
        """Keep a line: its endpoint, or the reason why Carillon cannot have it."""
        if isinstance(endpoint, str):
            self._database.execute("INSERT INTO lines (file, line, outcome) VALUES (?, ?, ?)", (*line, endpoint))
            return
        self._database.execute(
            "INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", (*line, *vars(endpoint).values())
        )

    def batches(self) -> Iterator[list[Person]]:
        """Yield all people, in batches for one request each."""
        self._database.execute("CREATE INDEX by_user ON lines (user_id, at) WHERE user_id IS NOT NULL")
        rows = self._database.execute(
            "SELECT user_id, kind, address, opted_out, locale, timezone, file, line FROM lines"
            " WHERE user_id IS NOT NULL ORDER BY user_id, at DESC, file DESC, line DESC"
        )
        batch: list[Person] = []
        devices = 0
        for user_id, lines in groupby(rows, key=lambda row: row[0]):
            person, outcomes = join(user_id, lines)
            self.note(outcomes)
            if batch and (len(batch) == MAX_PEOPLE or devices + len(person.devices) > MAX_DEVICES):
                yield batch
                batch, devices = [], 0
            batch.append(person)
            devices += len(person.devices)
        if batch:
            yield batch

    def note(self, outcomes: dict[Line, str]) -> None:
        """Keep what became of some lines."""
        self._database.executemany(
            "UPDATE lines SET outcome = ? WHERE file = ? AND line = ?",
            [(outcome, *line) for line, outcome in outcomes.items()],
        )

    def counts(self) -> dict[str, int]:
        """Return how many lines have each outcome."""
        return dict(self._database.execute("SELECT outcome, count(*) FROM lines GROUP BY outcome ORDER BY 2 DESC, 1"))

    def outcomes(self) -> Iterator[tuple[int, int, str]]:
        """Yield each line with its outcome: the number of the file, the line, the outcome."""
        yield from self._database.execute("SELECT file, line, outcome FROM lines ORDER BY file, line")


@contextmanager
def opened() -> Generator[People]:
    """Yield an empty store, and delete it at the end."""
    with (
        TemporaryDirectory(prefix="carillon-import-") as folder,  # only its owner may enter it
        closing(sqlite3.connect(Path(folder) / "people.db", isolation_level=None)) as database,
    ):
        # The file is of no use after a crash, so no write needs to reach the disk.
        database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN")
        yield People(database)


def join(user_id: str, lines: Iterator[tuple[Any, ...]]) -> tuple[Person, dict[Line, str]]:
    """Return the person of some lines, the newest first, and the outcome of the lines that add nothing.

    The newest endpoint wins: for the address and its opt-out, the language, the time zone, and each device. Push is
    switched off if the person opted out on each device.
    """
    person, outcomes = Person(user_id), dict[Line, str]()
    seen: set[tuple[str, str]] = set()
    opted_out = 0
    for _, kind, address, out, locale, timezone, *place in lines:
        line = (place[0], place[1])
        person.locale = person.locale or locale
        person.timezone = person.timezone or timezone
        if kind == "email":
            if person.contact_line is None:
                person.contact_line, person.email = line, address
                person.off += ["email"] if out else []
            else:
                outcomes[line] = "older_address" if address != person.email else "duplicate"
        elif (kind, address) in seen:
            outcomes[line] = "duplicate"
        else:
            seen.add((kind, address))
            if out:
                outcomes[line] = "opted_out"
                opted_out += 1
            elif len(person.devices) == DEVICES_OF_A_PERSON:
                outcomes[line] = "too_many_devices"
            else:
                person.devices.append({"platform": kind, "token": address})
                person.device_lines.append(line)
    if opted_out and not person.devices:
        person.off.append("push")
    return person, outcomes
