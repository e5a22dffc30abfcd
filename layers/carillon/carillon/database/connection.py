"""One database connection for each container: opened at first use, kept, and reopened when it breaks.

Each file of `statements/` holds one named statement. It runs in autocommit and costs one round trip.
"""

import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from aws_lambda_powertools import Logger
from psycopg.abc import PQGen
from psycopg.pq import TransactionStatus
from psycopg.rows import DictRow, dict_row

from carillon.database import sign_in
from carillon.database.breaker import Breaker
from carillon.errors import StatementFailed, Unavailable
from carillon.settings.base import DatabaseSettings

logger = Logger(child=True)

STATEMENTS = Path(__file__).with_name("statements")

# These statements call one function each, so their plan never depends on a value. They run often, and the server would
# spend about a tenth of their time on parsing and planning.
PREPARED = frozenset({"notifications/create", "notifications/record_for_self", "deliveries/claim", "deliveries/finish"})

ON_REQUEST = 2**31  # psycopg would prepare any other statement after so many uses

# A statement is repeated only after a quick failure. One that waited in vain would wait again.
REPEAT_WITHIN_SECONDS = 0.5
# `rows_until` waits so long between its attempts. The time doubles from the first to the last.
FIRST_DELAY_SECONDS = 0.1
LAST_DELAY_SECONDS = 2.0


class NoAnswer(psycopg.OperationalError):
    """The database did not answer a statement in time. Its connection is closed, and its outcome is unknown."""


class Connection(psycopg.Connection[DictRow]):
    """A connection whose statements end within `answer_timeout_seconds`, whatever the server does.

    A server that is stopped, or whose disk hangs, still acknowledges packets. Then neither its `statement_timeout` nor
    `tcp_user_timeout` ends a statement.
    """

    answer_timeout_seconds: float | None = None

    def wait[T](self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """Run one exchange with the server, as psycopg does.

        Raises:
            NoAnswer: the server did not answer in time.
        """
        try:
            return super().wait(gen, interval, self.answer_timeout_seconds if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status != TransactionStatus.ACTIVE:
                raise  # the server's own error, or a lost connection
            self.close()
            raise NoAnswer("no answer in time") from None


# A second attempt may succeed after these: a lost connection, a restart, a deadlock, a cancelled statement, or a
# failover that has made the server a read-only standby.
TRANSIENT = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.ReadOnlySqlTransaction)
# Two transactions met, and PostgreSQL ended one of them: a deadlock after its `deadlock_timeout` of 1 s. The other one
# is done soon, so a second attempt does not wait in vain.
CONFLICTS = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)


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
    connection.answer_timeout_seconds = settings.answer_timeout_seconds
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
        self._breaker = Breaker()

    def rows(self, name: str, parameters: Mapping[str, Any] | None = None) -> list[DictRow]:
        """Run `statements/<name>.sql` and return its rows.

        A statement that fails at once for a transient reason, or by a conflict with another transaction, runs once
        more, on a new connection if the old one broke. That is safe, because every statement is idempotent: by an id of
        the caller, by a fence, or by its nature.

        Raises:
            Unavailable: the database does not answer, or has just refused a connection. A later retry is safe.
            StatementFailed: the database refused the statement. The message contains no values.
        """
        began = time.monotonic()
        try:
            return self._run(name, parameters)
        except TRANSIENT as error:
            if time.monotonic() - began > REPEAT_WITHIN_SECONDS and not isinstance(error, CONFLICTS):
                raise self._unavailable(name, error) from None
            logger.warning("statement_repeated", extra={"statement": name, "error": _name(error)})
        try:
            return self._run(name, parameters)
        except TRANSIENT as error:
            raise self._unavailable(name, error) from None

    def rows_until(self, give_up: float, name: str, parameters: Mapping[str, Any] | None = None) -> list[DictRow]:
        """Run a statement as `rows` does, and repeat it until the database answers or the time is up.

        `give_up` is in seconds of `time.monotonic()`. No attempt begins after it.
        """
        delay = FIRST_DELAY_SECONDS
        while True:
            try:
                return self.rows(name, parameters)
            except Unavailable:
                wait = max(delay, self._breaker.seconds_left())
                if time.monotonic() + wait >= give_up:
                    raise
            logger.warning("statement_repeated", extra={"statement": name, "after_seconds": round(wait, 2)})
            time.sleep(wait)
            delay = min(delay * 2, LAST_DELAY_SECONDS)

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
            self._connection = self._connect()
        try:
            prepare = name in PREPARED or None
            rows = self._connection.execute(statement(name), parameters or {}, prepare=prepare).fetchall()
        except TRANSIENT as error:
            if self._connection.closed or isinstance(error, psycopg.errors.ReadOnlySqlTransaction):
                self.close()
            raise
        except psycopg.Error as error:
            raise StatementFailed(f"{name}: {_name(error)}") from None
        self._breaker.succeeded()
        return rows

    def _connect(self) -> Connection:
        """Open a connection, or raise Unavailable. The database is not asked while the breaker is open."""
        if self._breaker.seconds_left():
            raise Unavailable(details=[{"database": "not_asked"}])
        try:
            return connect(self._settings)
        except psycopg.OperationalError as error:
            self._breaker.failed()
            raise Unavailable(details=[{"database": "refused", "error": _name(error)}]) from None

    def _unavailable(self, name: str, error: psycopg.Error) -> Unavailable:
        """Return the error for a statement that failed. A connection that is lost by now counts for the breaker."""
        if self._connection is None:
            self._breaker.failed()
        # Without the database's message, because that can quote a row.
        return Unavailable(details=[{"statement": name, "error": _name(error)}])


def _name(error: psycopg.Error) -> str:
    """Return an error's name and SQLSTATE. All other parts of an error may be personal data."""
    return f"{type(error).__name__} {error.sqlstate or ''}".strip()
