"""Migrate a database to the schema of this release, at a deploy or by `python -m carillon.database.migrations`.

The files `schema/NNNN_*.sql` run once, in order, and never change. Each of `schema/functions/*.sql` holds the SQL
functions of one topic (CREATE OR REPLACE). Such a file runs after the numbered ones, whenever its text has changed.
A migration is one transaction under one lock: it is applied completely and once, or not at all.
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
from carillon.settings.base import DEFAULT_SCHEMA, SchemaSettings

MIGRATIONS = Path(__file__).with_name("schema")
ATTEMPTS = 3
LOCKED = (psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable)

logger = Logger(child=True)


def allow_writes(connection: psycopg.Connection[Any]) -> None:
    """Let a session of the migration write, also while the database is read-only for all others by its default.

    The move to Aurora makes the old database so (docs/scale.md), and its rollback runs the migration there.
    """
    connection.execute("SET default_transaction_read_only = off")


def migrate(
    connection: psycopg.Connection[Any], directory: Path = MIGRATIONS, schema: str = DEFAULT_SCHEMA
) -> list[str]:
    """Apply all missing or changed files and return their names in order: none if the schema is current.

    The PostgreSQL schema `schema` is created if it is missing. The session of the connection uses it afterwards.

    The database may have names that the directory does not have, because a rollback runs older code on a newer schema.

    Other functions run during a migration and take their locks in another order. So a migration that fails because of
    a lock is repeated, `ATTEMPTS` times in all.

    Raises:
        MigrationFailed: a file failed, and nothing has changed. The message has the file's name and the database's
            message.
    """
    for left in reversed(range(ATTEMPTS)):
        try:
            return _apply(connection, directory, schema)
        except MigrationFailed as error:
            if not (left and isinstance(error.__cause__, LOCKED)):
                raise
            logger.warning("migration_repeated", extra={"reason": error.message})
    raise AssertionError("the last attempt returns or raises")


def _apply(connection: psycopg.Connection[Any], directory: Path, schema: str) -> list[str]:
    name = "the table of migrations"  # for the message, as is each file's name below
    try:
        with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
            cursor.execute(statement("migrations/choose_schema"), {"schema": schema})
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
        # Only the database's own message: the driver's may contain the connection string.
        reason = error.diag.message_primary or type(error).__name__
        raise MigrationFailed(f"{name}: {reason}") from error
    return applied


def migration_files(directory: Path = MIGRATIONS) -> Sequence[Path]:
    """Return the numbered files in order, then the files of SQL functions."""
    return [*sorted(directory.glob("[0-9]*.sql")), *sorted(directory.glob("functions/*.sql"))]


def schema_version(directory: Path = MIGRATIONS) -> str:
    """Return the name of this release's newest numbered migration, without its suffix."""
    return max((path.stem for path in directory.glob("[0-9]*.sql")), default="none")


def main() -> None:
    """Migrate the database of DATABASE_URL, and print the names of the applied files."""
    settings = SchemaSettings.load()
    with connect(settings) as connection:
        applied = migrate(connection, schema=settings.database_schema)
    print("\n".join(applied) or f"Nothing to do: the schema is at {schema_version()}.")


if __name__ == "__main__":
    main()
