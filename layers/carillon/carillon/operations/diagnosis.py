"""The action `diagnose`: what the functions see of the database and of AWS. It changes nothing."""

import time

from carillon.aws.reachability import reach
from carillon.database.connection import Database
from carillon.database.migrations import MIGRATIONS
from carillon.errors import StatementFailed, Unavailable
from carillon.operations.arguments import NoArguments
from carillon.operations.diagnosis_answers import DatabaseState, DiagnosisAnswer, EndpointState, RoleState
from carillon.operations.registry import OperatorContext, action
from carillon.settings import OperatorSettings

SERVICES = ("sqs", "sesv2", "sns", "secretsmanager")
# Seconds. With the time to connect and that of reach, the whole answer takes less than half of the function's time.
STATEMENT_SECONDS, ANSWER_SECONDS = 4, 5.0


@action("diagnose")
def diagnose(context: OperatorContext, _: NoArguments) -> DiagnosisAnswer:
    """Sign in to the database again, and try to reach each service that functions call."""
    endpoints = [EndpointState.model_validate(attempt, from_attributes=True) for attempt in reach(SERVICES)]
    try:
        return DiagnosisAnswer(database=_ask_database(context.settings), endpoints=endpoints)
    except (Unavailable, StatementFailed) as error:
        why = " ".join(str(value) for detail in error.details or [] for value in detail.values())
        return DiagnosisAnswer(database=None, database_error=why or error.code, endpoints=endpoints)


def _ask_database(settings: OperatorSettings) -> DatabaseState:
    """Return the state of the database. A connection of its own proves that a function can sign in now.

    Raises:
        Unavailable, StatementFailed: as Database.rows.
    """
    short = {"statement_timeout_seconds": STATEMENT_SECONDS, "answer_timeout_seconds": ANSWER_SECONDS}
    database = Database(settings.model_copy(update=short))
    began = time.monotonic()
    try:
        [row] = database.rows("operations/diagnose")
    finally:
        database.close()
    expected = {path.relative_to(MIGRATIONS).as_posix() for path in MIGRATIONS.rglob("*.sql")}
    return DatabaseState(
        version=row["version"],
        milliseconds=round((time.monotonic() - began) * 1000),
        missing_migrations=sorted(expected - set(row["migrations"])),
        max_connections=row["max_connections"],
        connection_limits=row["connection_limits"],
        roles=[RoleState.model_validate(role) for role in row["roles"]],
    )
