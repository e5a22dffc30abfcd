"""One database connection for each container: opened at first use, kept, and reopened when it breaks.

Each file of `statements/` holds one named statement. It runs in autocommit and costs one round trip.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from aws_lambda_powertools import Logger
from psycopg.rows import DictRow, dict_row

from carillon.database import sign_in
from carillon.errors import StatementFailed, Unavailable
from carillon.settings.base import DatabaseSettings

logger = Logger(child=True)

STATEMENTS = Path(__file__).with_name("statements")

# These statements call one function each, so their plan never depends on a value. They run often, and the server would
# spend about a tenth of their time on parsing and planning.
PREPARED = frozenset({"notifications/create", "notifications/record_for_self", "deliveries/claim", "deliveries/finish"})

ON_REQUEST = 2**31  # psycopg would prepare any other statement after so many uses

Connection = psycopg.Connection[DictRow]

# A second attempt may succeed after these: a lost connection, a restart, a deadlock, a cancelled statement, or a
# failover that has made the server a read-only standby.
TRANSIENT = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction)


def connect(settings: DatabaseSettings, administrator: Mapping[str, str] | None = None) -> Connection:
    """Open a connection in autocommit, as the URL's user or as the `administrator` (`user` and `password`).

    Prepared statements and session settings pin a session behind RDS Proxy. So the connection prepares statements only
    if `database_prepares` is set, and it changes a setting only if `statement_timeout_seconds` is.

    Raises:
        psycopg.OperationalError: the database does not answer within `connect_timeout_seconds`, or one side does not
            accept the identity of the other. The reason is logged.
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
            prepare_threshold=ON_REQUEST if settings.database_prepares else None,
            row_factory=dict_row,
            connect_timeout=settings.connect_timeout_seconds,
            application_name="carillon",
            # A container may be frozen for minutes between two requests, and the network may drop the connection in
            # that time. Without these limits, the next statement would wait for the kernel's 15 minutes.
            keepalives_idle=30,
            keepalives_interval=5,
            keepalives_count=3,
            tcp_user_timeout=3_000,  # milliseconds: a silent failover must not last longer than a request
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
    """Return `statements/<name>.sql` as bytes. psycopg refuses computed strings, so Python never builds SQL."""
    return (STATEMENTS / f"{name}.sql").read_bytes()


class Database:
    """The container's one connection, which runs named statements."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self._settings = settings
        self._connection: Connection | None = None

    def rows(self, name: str, parameters: Mapping[str, Any] | None = None) -> list[DictRow]:
        """Run `statements/<name>.sql` and return its rows.

        A statement that fails for a transient reason runs once more, on a new connection if the old one broke. That is
        safe, because every statement is idempotent: by an id of the caller, by a fence, or by its nature.

        Raises:
            Unavailable: the database does not answer. A later retry is safe.
            StatementFailed: the database refused the statement. The message contains no values.
        """
        try:
            return self._run(name, parameters)
        except TRANSIENT as error:
            logger.warning("statement_repeated", extra={"statement": name, "error": _name(error)})
        try:
            return self._run(name, parameters)
        except TRANSIENT as error:
            # `from None`, because the database's message can quote a row.
            raise Unavailable(details=[{"statement": name, "error": _name(error)}]) from None

    def row(self, name: str, parameters: Mapping[str, Any] | None = None) -> DictRow | None:
        """Run a statement as `rows` does, and return its first row or None."""
        return next(iter(self.rows(name, parameters)), None)

    def check(self) -> None:
        """Check that the database answers and has a schema. Raise the errors of `rows` if not."""
        self.rows("connection/check_health")

    def close(self) -> None:
        """Close the connection. The next statement opens another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _run(self, name: str, parameters: Mapping[str, Any] | None) -> list[DictRow]:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._settings)
        try:
            prepare = name in PREPARED or None
            return self._connection.execute(statement(name), parameters or {}, prepare=prepare).fetchall()
        except TRANSIENT as error:
            if self._connection.broken or isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
                self.close()
            raise
        except psycopg.Error as error:
            raise StatementFailed(f"{name}: {_name(error)}") from None


def _name(error: psycopg.Error) -> str:
    """Return an error's name and SQLSTATE. All other parts of an error may be personal data."""
    return f"{type(error).__name__} {error.sqlstate or ''}".strip()
