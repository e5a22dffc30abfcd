"""One connection a container: opened at first use, kept while the container lives, reopened when it breaks.

Statements live in `statements/`, one named statement a file. Each runs in autocommit and costs one round trip.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import psycopg
from aws_lambda_powertools import Logger
from psycopg.rows import DictRow, dict_row

from carillon.database import sign_in
from carillon.errors import StatementFailed, Unavailable
from carillon.settings.groups import DatabaseSettings

logger = Logger(child=True)

Connection = psycopg.Connection[DictRow]

# What a second attempt may mend: a lost connection, a restart, a deadlock, a cancelled statement, or a connection to a
# server that a failover has made a read-only standby.
PASSING = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction)


def connect(settings: DatabaseSettings, administrator: Mapping[str, str] | None = None) -> Connection:
    """Open a connection in autocommit, as the URL's user or as the `administrator` (`user` and `password`).

    Nothing is prepared on the server, and no session setting is changed but where `statement_timeout_seconds` asks for
    it: both pin a session behind RDS Proxy.

    Raises:
        psycopg.OperationalError: the database does not answer within `connect_timeout_seconds`, or one of both sides
            does not believe the other. Which it was is logged.
    """
    identity: dict[str, Any] = {}
    if settings.database_iam_auth:
        password = {"password": sign_in.iam_token(settings.database_url)} if administrator is None else administrator
        identity = {**sign_in.verified_tls(), **password}
    try:
        connection = Connection.connect(
            settings.database_url,
            **identity,
            autocommit=True,
            prepare_threshold=None,
            row_factory=dict_row,
            connect_timeout=settings.connect_timeout_seconds,
            application_name="carillon",
            # A container may sleep for minutes between two requests, long enough for a network to forget the
            # connection: without these limits the next statement waits for the kernel's quarter of an hour.
            keepalives_idle=30,
            keepalives_interval=5,
            keepalives_count=3,
            tcp_user_timeout=3_000,  # milliseconds: a failover that says nothing must not outlast a request
        )
    except psycopg.OperationalError as error:
        reason, hint = sign_in.why_refused(error)
        logger.error("database_refused", extra={"reason": reason, "hint": hint})
        raise
    if settings.statement_timeout_seconds is not None:
        timeout = f"{settings.statement_timeout_seconds}s"
        connection.execute(statement("connection/set_statement_timeout"), {"timeout": timeout})
    return connection


@cache
def statement(name: str) -> bytes:
    """Return `statements/<name>.sql` as bytes: psycopg refuses computed strings, so SQL is never built by hand."""
    return files("carillon").joinpath("database", "statements", f"{name}.sql").read_bytes()


class Database:
    """Runs named statements on the container's one connection."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self._settings = settings
        self._connection: Connection | None = None

    def rows(self, name: str, parameters: Mapping[str, Any] | None = None) -> list[DictRow]:
        """Run `statements/<name>.sql` and return its rows.

        A statement that fails for a passing reason is run once more, on a new connection where the old one broke.
        That is safe because every statement is: an id made by the caller, a fence or an idempotent change makes the
        second run meet what the first one did.

        Raises:
            Unavailable: the database does not answer; trying again later is safe.
            StatementFailed: the database refused the statement. The message holds no values.
        """
        try:
            return self._run(name, parameters)
        except PASSING as error:
            logger.warning("statement_repeated", extra={"statement": name, "error": _name(error)})
        try:
            return self._run(name, parameters)
        except PASSING as error:
            # `from None`: the database's own words can quote a row.
            raise Unavailable(details=[{"statement": name, "error": _name(error)}]) from None

    def row(self, name: str, parameters: Mapping[str, Any] | None = None) -> DictRow | None:
        """The first row of `rows`, or None."""
        return next(iter(self.rows(name, parameters)), None)

    def check(self) -> None:
        """Ask whether the database answers and has a schema; raises as `rows` when not."""
        self.rows("connection/check_health")

    def close(self) -> None:
        """Close the connection; the next statement opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _run(self, name: str, parameters: Mapping[str, Any] | None) -> list[DictRow]:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._settings)
        try:
            return self._connection.execute(statement(name), parameters or {}).fetchall()
        except PASSING as error:
            if self._connection.broken or isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
                self.close()
            raise
        except psycopg.Error as error:
            raise StatementFailed(f"{name}: {_name(error)}") from None


def _name(error: psycopg.Error) -> str:
    """An error's name and SQLSTATE: all of it that is surely no personal data."""
    return f"{type(error).__name__} {error.sqlstate or ''}".strip()
