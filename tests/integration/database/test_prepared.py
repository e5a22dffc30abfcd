"""Which statements the server prepares, and what happens to them while a deploy replaces the functions."""

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from carillon.database.connection import PREPARED, Database, statement
from carillon.models.new_notification import NewNotification
from carillon.notifications import feed, record
from carillon.settings import CreateSettings
from tests.support.environment import as_superuser
from tests.support.flow import PRODUCER, Flow


@pytest.fixture
def settings(flow: Flow) -> CreateSettings:
    return flow.create_settings


def create(database: Database, settings: CreateSettings) -> None:
    new = NewNotification(event_name="job.failed", title="A job failed", severity="critical", user_id="alice")
    assert record.create(database, settings, PRODUCER, new, None).created == 1


def prepared(database: Database) -> set[bytes]:
    """Return the statements that the server keeps for the connection, without their parameters' names."""
    assert database._connection is not None
    rows = database._connection.execute("SELECT statement FROM pg_prepared_statements").fetchall()
    return {row["statement"].split("\n")[0].encode() for row in rows}


def first_lines(names: set[str]) -> set[bytes]:
    return {statement(name).split(b"\n")[0] for name in names}


def test_only_the_named_statements_are_prepared_and_at_their_first_use(flow: Flow, settings: CreateSettings) -> None:
    assert {"notifications/create"} <= PREPARED
    database = Database(settings)
    create(database, settings)
    for _ in range(10):  # psycopg would prepare any statement after its fifth use
        feed.count_unread(database, "alice")
    assert prepared(database) == first_lines({"notifications/create"})
    database.close()


def test_behind_a_proxy_nothing_is_prepared(flow: Flow, settings: CreateSettings) -> None:
    shared = settings.model_copy(update={"database_prepares": False})
    database = Database(shared)
    for _ in range(10):
        create(database, shared)
    assert prepared(database) == set()
    database.close()


def test_a_prepared_statement_outlives_the_function_that_it_calls(flow: Flow, settings: CreateSettings) -> None:
    """A deploy drops and creates functions while containers hold connections."""
    database = Database(settings)
    create(database, settings)
    with psycopg.Connection[DictRow].connect(
        as_superuser(settings.database_url), autocommit=True, row_factory=dict_row
    ) as superuser:
        row = superuser.execute(
            """
            SELECT pg_get_functiondef(oid) AS body, oid::regprocedure::text AS name, proowner::regrole::text AS owner
            FROM pg_proc WHERE proname = 'create_notifications'
            """
        ).fetchone()
        assert row is not None
        superuser.execute(f"DROP FUNCTION {row['name']}".encode())
        superuser.execute(f"SET ROLE {row['owner']}".encode())
        superuser.execute(row["body"].encode())
    create(database, settings)
    database.close()
