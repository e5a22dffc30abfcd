"""The two roles of carillon/database/roles.py: who owns the schema, and who may only read and write rows."""

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
    """A server as RDS hands it over: one database, an administrator who is no superuser, and no roles of ours."""
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


def asked(server: Postgres, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(server.url()) as connection:
        return connection.execute(query.encode()).fetchall()


def migrated(server: Postgres, user: str) -> list[str]:
    with psycopg.connect(server.url(user=user), autocommit=True) as connection:
        return migrate(connection)


def test_an_administrator_without_superuser_makes_the_roles_and_again_changes_nothing(
    bare: Postgres, prepare: Callable[[], None]
) -> None:
    roles = (
        "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolconnlimit, rolconfig,"
        " (SELECT array_agg(roleid::regrole::text) FROM pg_auth_members WHERE member = r.oid)"
        " FROM pg_roles AS r WHERE rolname LIKE 'carillon%' OR rolname = 'administrator' ORDER BY rolname"
    )
    prepare()
    made = asked(bare, roles)
    assert migrated(bare, "carillon_owner")
    prepare()

    assert asked(bare, roles) == made
    _, runtime, owner = made
    assert runtime[:5] == ("carillon", False, False, False, True)
    assert runtime[5] == 80  # four fifths of max_connections
    assert runtime[6] == ["statement_timeout=8s", "lock_timeout=3s"]
    assert owner[:6] == ("carillon_owner", False, False, False, True, -1)
    assert migrated(bare, "carillon_owner") == []


def test_where_rds_has_its_role_ours_sign_in_by_iam_alone(bare: Postgres, prepare: Callable[[], None]) -> None:
    with psycopg.connect(bare.url(user="administrator"), autocommit=True) as administrator:
        administrator.execute("CREATE ROLE rds_iam")
    prepare()
    members = asked(
        bare, "SELECT member::regrole::text FROM pg_auth_members WHERE roleid = 'rds_iam'::regrole ORDER BY 1"
    )
    assert {name for (name,) in members} >= {"carillon", "carillon_owner"}


def test_deploys_that_meet_make_them_once(bare: Postgres, prepare: Callable[[], None]) -> None:
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(prepare) for _ in range(4)]:
            done.result()
    assert asked(bare, "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'carillon%'") == [(2,)]


def test_what_an_administrator_made_of_an_earlier_release_is_handed_over(
    bare: Postgres, prepare: Callable[[], None]
) -> None:
    migrated(bare, "administrator")
    with psycopg.connect(bare.url(user="administrator"), autocommit=True) as administrator:
        administrator.execute("CREATE TABLE notification_settings_of_the_application (id int)")
        administrator.execute("INSERT INTO notification_rate_limits VALUES ('alice', 'email', now())")
    prepare()

    owners = {owner for name, owner in asked(bare, OWNED) if name != "notification_settings_of_the_application"}
    assert owners == {"carillon_owner"}
    assert ("notification_settings_of_the_application", "administrator") in asked(bare, OWNED)
    assert migrated(bare, "carillon_owner") == []
    with psycopg.connect(bare.url(user="carillon")) as runtime:
        assert runtime.execute("SELECT user_id FROM notification_rate_limits").fetchall() == [("alice",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            runtime.execute("SELECT FROM notification_settings_of_the_application")


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE mine (id int)",
        "ALTER TABLE notifications ADD COLUMN mine int",
        "DROP TABLE notification_devices",
        "TRUNCATE notifications CASCADE",
        "CREATE INDEX ON notifications (title)",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION notification_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'",
        "DROP FUNCTION notification_clock()",
        "ALTER TABLE notifications DISABLE TRIGGER ALL",
        "DELETE FROM notification_migrations",
        "CREATE ROLE mine",
        "SET ROLE carillon_owner",
    ],
)
def test_functions_change_nothing_of_the_schema(connect: Connect, database_url: str, change: str) -> None:
    runtime = connect(database_url)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        runtime.execute(change.encode())


def test_every_table_is_the_owners_and_stands_in_the_hand_over(connect: Connect) -> None:
    rows = connect().execute(OWNED.encode()).fetchall()
    assert {row["owner"] for row in rows} == {"carillon_owner"}
    tables = {
        row["name"]
        for row in connect().execute("SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname ~ '^notif'")
    }
    text = statement("migrations/prepare_roles").decode()
    handed = text[text.index("ARRAY[") : text.index("];")]
    assert {name.strip(" '\n") for name in handed.removeprefix("ARRAY[").split(",")} == tables


def test_a_request_that_hangs_is_ended_and_a_look_at_a_whole_table_is_not(database_url: str, connect: Connect) -> None:
    from carillon.database.connection import connect as sign_in
    from carillon.settings import OperatorSettings
    from carillon.settings.base import DatabaseSettings

    def limit(settings: DatabaseSettings) -> str:
        with sign_in(settings) as connection:
            row = connection.execute("SHOW statement_timeout").fetchone()
            assert row is not None
            return row["statement_timeout"]

    assert as_superuser(database_url) != database_url
    assert limit(DatabaseSettings(database_url=database_url)) == "8s"
    operator = OperatorSettings(database_url=database_url, queue_url="q")
    assert limit(operator) == "50s"
