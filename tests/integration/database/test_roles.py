"""The two roles of carillon/database/roles.py: one owns the schema, the other may only read and write rows."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from carillon.database.connection import statement
from carillon.database.migrations import migrate
from devstack.machine.postgres import THROWAWAY, Postgres
from tests.support.environment import RUN_DIR, Connect, as_superuser, free_port, postgres_bin_dir

OWNED = """
    SELECT relname AS name, relowner::regrole::text AS owner FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT proname, proowner::regrole::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


@pytest.fixture
def bare(pytestconfig: pytest.Config) -> Iterator[Postgres]:
    """Yield a server like a new RDS: one database, an administrator without superuser, and no roles of Carillon."""
    data_dir = Path(os.environ[RUN_DIR], f"bare-{uuid.uuid4().hex}")
    server = Postgres(data_dir, port=free_port(), bin_dir=postgres_bin_dir(pytestconfig), config=THROWAWAY)
    try:
        server.start()
        with psycopg.connect(server.url("postgres"), autocommit=True) as superuser:
            superuser.execute("CREATE ROLE administrator LOGIN CREATEROLE CREATEDB")
            superuser.execute("CREATE DATABASE carillon OWNER administrator")
        yield server
    finally:
        server.stop()
        shutil.rmtree(data_dir)


@pytest.fixture
def prepare(bare: Postgres) -> Callable[[], None]:
    def run() -> None:
        with psycopg.connect(bare.url(user="administrator"), autocommit=True) as connection:
            connection.execute(statement("migrations/prepare_roles"))

    return run


def query_as_superuser(server: Postgres, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(server.url()) as connection:
        return connection.execute(query.encode()).fetchall()


def migrated(server: Postgres, user: str) -> list[str]:
    with psycopg.connect(server.url(user=user), autocommit=True) as connection:
        return migrate(connection)


def test_an_administrator_without_superuser_creates_the_roles_and_a_repeat_changes_nothing(
    bare: Postgres, prepare: Callable[[], None]
) -> None:
    roles = (
        "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolconnlimit, rolconfig,"
        " (SELECT array_agg(roleid::regrole::text) FROM pg_auth_members WHERE member = r.oid)"
        " FROM pg_roles AS r WHERE rolname LIKE 'carillon%' OR rolname = 'administrator' ORDER BY rolname"
    )
    prepare()
    made = query_as_superuser(bare, roles)
    assert migrated(bare, "carillon_owner")
    prepare()

    assert query_as_superuser(bare, roles) == made
    _, runtime, owner = made
    assert runtime[:5] == ("carillon", False, False, False, True)
    assert runtime[5] == 80  # four fifths of max_connections
    assert runtime[6] == ["statement_timeout=8s", "lock_timeout=3s"]
    assert owner[:6] == ("carillon_owner", False, False, False, True, -1)
    assert migrated(bare, "carillon_owner") == []


def test_where_rds_iam_exists_our_roles_sign_in_by_iam_only(bare: Postgres, prepare: Callable[[], None]) -> None:
    with psycopg.connect(bare.url(user="administrator"), autocommit=True) as administrator:
        administrator.execute("CREATE ROLE rds_iam")
    prepare()
    members = query_as_superuser(
        bare, "SELECT member::regrole::text FROM pg_auth_members WHERE roleid = 'rds_iam'::regrole ORDER BY 1"
    )
    assert {name for (name,) in members} >= {"carillon", "carillon_owner"}


def test_concurrent_deploys_create_the_roles_once(bare: Postgres, prepare: Callable[[], None]) -> None:
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(prepare) for _ in range(4)]:
            done.result()
    assert query_as_superuser(bare, "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'carillon%'") == [(2,)]


def test_objects_that_an_administrator_created_in_an_earlier_release_get_the_new_owner(
    bare: Postgres, prepare: Callable[[], None]
) -> None:
    migrated(bare, "administrator")
    with psycopg.connect(bare.url(user="administrator"), autocommit=True) as administrator:
        administrator.execute("CREATE TABLE notification_settings_of_the_application (id int)")
        administrator.execute("INSERT INTO rate_limits VALUES ('alice', 'email', now())")
    prepare()

    owners = {
        owner for name, owner in query_as_superuser(bare, OWNED) if name != "notification_settings_of_the_application"
    }
    assert owners == {"carillon_owner"}
    assert ("notification_settings_of_the_application", "administrator") in query_as_superuser(bare, OWNED)
    assert migrated(bare, "carillon_owner") == []
    with psycopg.connect(bare.url(user="carillon")) as runtime:
        assert runtime.execute("SELECT user_id FROM rate_limits").fetchall() == [("alice",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            runtime.execute("SELECT FROM notification_settings_of_the_application")


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE mine (id int)",
        "ALTER TABLE notifications ADD COLUMN mine int",
        "DROP TABLE devices",
        "TRUNCATE notifications CASCADE",
        "CREATE INDEX ON notifications (title)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION current_moment() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
        "DROP FUNCTION clock_moment()",
        "ALTER TABLE notifications DISABLE TRIGGER ALL",
        "DELETE FROM migrations",
        "CREATE ROLE mine",
        "SET ROLE carillon_owner",
    ],
)
def test_the_runtime_role_cannot_change_the_schema(connect: Connect, database_url: str, change: str) -> None:
    runtime = connect(database_url)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        runtime.execute(change.encode())


def test_each_table_has_the_owner_and_is_in_the_list_of_the_hand_over(connect: Connect) -> None:
    rows = connect().execute(OWNED.encode()).fetchall()
    assert {row["owner"] for row in rows} == {"carillon_owner"}
    tables = {
        row["name"]
        for row in connect().execute("SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname ~ '^notif'")
    }
    text = statement("migrations/prepare_roles").decode()
    handed = text[text.index("ARRAY[") : text.index("];")]
    assert {name.strip(" '\n") for name in handed.removeprefix("ARRAY[").split(",")} == tables


def test_requests_have_a_short_statement_timeout_and_operators_a_long_one(database_url: str, connect: Connect) -> None:
    from carillon.database.connection import connect as sign_in
    from carillon.settings import OperatorSettings
    from carillon.settings.groups import DatabaseSettings

    def limit(settings: DatabaseSettings) -> str:
        with sign_in(settings) as connection:
            row = connection.execute("SHOW statement_timeout").fetchone()
            assert row is not None
            return row["statement_timeout"]

    assert as_superuser(database_url) != database_url
    assert limit(DatabaseSettings(database_url=database_url)) == "8s"
    operator = OperatorSettings(database_url=database_url, queue_url="q")
    assert limit(operator) == "50s"
