"""Brings a database to this release: `python -m carillon.database.migrations`, and functions/migrate at a deploy.

`schema/NNNN_*.sql` run once, in order, and never change again. Each of `schema/functions/*.sql` holds the SQL functions
of one topic (CREATE OR REPLACE). Such a file runs, after the numbered ones, whenever its text has changed.
All of it is one transaction under one lock: it happens once and whole, or not at all.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
from aws_lambda_powertools import Logger
from psycopg.rows import tuple_row

from carillon.database.connection import connect, statement
from carillon.errors import MigrationFailed
from carillon.settings.groups import DatabaseSettings

MIGRATIONS = Path(__file__).with_name("schema")
ATTEMPTS = 3
LOCKED = (psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable)

logger = Logger(child=True)


def migrate(connection: psycopg.Connection[Any], directory: Path = MIGRATIONS) -> list[str]:
    """Apply what is missing and return the names applied, in order: none when the schema is current.

    Names that the database has and the directory has not are accepted: a rollback runs older code on
    a newer schema. MigrationFailed names the file and holds the database's message, and nothing is changed then.

    Work goes on meanwhile, and takes its locks in another order: what a lock alone has stopped is tried again.
    """
    for left in reversed(range(ATTEMPTS)):
        try:
            return _apply(connection, directory)
        except MigrationFailed as error:
            if not (left and isinstance(error.__cause__, LOCKED)):
                raise
            logger.warning("migration_repeated", extra={"reason": error.message})
    raise AssertionError("the last attempt returns or raises")


def _apply(connection: psycopg.Connection[Any], directory: Path) -> list[str]:
    name = "the table of migrations"
    try:
        with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(statement("migrations/begin"))
            known: dict[str, str] = dict(cursor.execute(statement("migrations/list")).fetchall())
            files = {path.relative_to(directory).as_posix(): path.read_bytes() for path in migration_files(directory)}
            if newer := sorted(known.keys() - files.keys()):
                logger.warning("newer_database", extra={"unknown_migrations": newer})
            applied: list[str] = []
            for name, text in files.items():
                checksum = hashlib.sha256(text).hexdigest()
                if known.get(name) == checksum:
                    continue
                if name in known and "/" not in name:
                    raise MigrationFailed(f"{name}: was changed after it was applied. Add a new file instead.")
                cursor.execute(text)
                cursor.execute(statement("migrations/record"), {"name": name, "checksum": checksum})
                applied.append(name)
            name = "the rights of functions"
            cursor.execute(statement("migrations/grant_runtime"))
    except psycopg.Error as error:
        # Only the database's own sentence: a driver's message may hold the connection string.
        reason = error.diag.message_primary or type(error).__name__
        raise MigrationFailed(f"{name}: {reason}") from error
    return applied


def migration_files(directory: Path = MIGRATIONS) -> Sequence[Path]:
    """The numbered files in order, then those of the SQL functions."""
    return [*sorted(directory.glob("[0-9]*.sql")), *sorted(directory.glob("functions/*.sql"))]


def schema_version(directory: Path = MIGRATIONS) -> str:
    """The name of the newest numbered migration of this release, without its suffix."""
    return max((path.stem for path in directory.glob("[0-9]*.sql")), default="none")


def main() -> None:
    """Migrate the database that DATABASE_URL names, and print what was applied."""
    with connect(DatabaseSettings.load()) as connection:
        applied = migrate(connection)
    print("\n".join(applied) or f"Nothing to do: the schema is at {schema_version()}.")


if __name__ == "__main__":
    main()
