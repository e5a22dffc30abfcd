"""The roles of carillon/database/roles.py: one owns the schema, the others may only read and write rows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from carillon.database.connection import statement
from carillon.database.migrations import migrate
from devstack.machine.postgres import Postgres
from tests.support.environment import Connect, as_role, as_superuser

# All tables, functions, types and schemas that are not PostgreSQL's own. The types of tables are not listed.
OWNED = """
    SELECT s.nspname AS schema, o.name, o.owner::regrole::text
    FROM pg_namespace AS s
    JOIN (
        SELECT oid AS schema, nspname::text AS name, nspowner AS owner FROM pg_namespace WHERE nspname <> 'public'
        UNION ALL SELECT relnamespace, relname::text, relowner FROM pg_class WHERE relkind = 'r'
        UNION ALL SELECT pronamespace, proname::text, proowner FROM pg_proc
        UNION ALL SELECT t.typnamespace, t.typname::text, t.typowner FROM pg_type AS t
        WHERE t.typtype IN ('e', 'd') OR EXISTS (SELECT FROM pg_class AS c WHERE c.oid = t.typrelid AND c.relkind = 'c')
    ) AS o ON o.schema = s.oid
    WHERE s.nspname !~ '^pg_' AND s.nspname <> 'information_schema'
"""


def query_as_superuser(server: Postgres, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(server.url()) as connection:
        return connection.execute(query.encode()).fetchall()


def migrated(server: Postgres, user: str, schema: str = "carillon") -> list[str]:
    with psycopg.connect(server.url(user=user), autocommit=True) as connection:
        return migrate(connection, schema=schema)


def search_path(server: Postgres, user: str, database: str = "carillon") -> str:
    with psycopg.connect(server.url(database, user=user)) as connection:
        [(path,)] = connection.execute("SHOW search_path").fetchall()
        return path


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
    _, *functions, owner, read = made
    limits = {name: (limit, config) for name, *_, limit, config, _ in [*functions, read]}
    assert limits == {  # of 100 connections
        "carillon": (15, ["statement_timeout=8s", "lock_timeout=3s"]),
        "carillon_api": (20, ["statement_timeout=5s", "lock_timeout=3s"]),
        "carillon_read": (45, ["statement_timeout=3s", "lock_timeout=2s"]),
    }
    assert owner[:6] == ("carillon_owner", False, False, False, True, -1)
    assert {row[1:5] for row in made[1:]} == {(False, False, False, True)}
    assert migrated(bare, "carillon_owner") == []


def test_where_rds_iam_exists_our_roles_sign_in_by_iam_only(bare: Postgres, prepare: Callable[[], None]) -> None:
    with psycopg.connect(bare.url(user="administrator"), autocommit=True) as administrator:
        administrator.execute("CREATE ROLE rds_iam")
    prepare()
    members = query_as_superuser(
        bare, "SELECT member::regrole::text FROM pg_auth_members WHERE roleid = 'rds_iam'::regrole ORDER BY 1"
    )
    assert {name for (name,) in members} >= {"carillon", "carillon_api", "carillon_owner", "carillon_read"}


def test_concurrent_deploys_create_the_roles_once(bare: Postgres, prepare: Callable[[], None]) -> None:
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(prepare) for _ in range(4)]:
            done.result()
    assert query_as_superuser(bare, "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'carillon%'") == [(4,)]


@pytest.mark.parametrize("schema", ["carillon", "notify_eu"])
def test_the_roles_find_the_schema_by_their_own_search_path(bare: Postgres, schema: str) -> None:
    with psycopg.connect(bare.url(user="administrator"), autocommit=True) as administrator:
        administrator.execute("CREATE DATABASE other")
        administrator.execute(statement("migrations/name_schema"), {"schema": schema})
        administrator.execute(statement("migrations/prepare_roles"))
    migrated(bare, f"{schema}_owner", schema=schema)

    for role in (f"{schema}_owner", schema, f"{schema}_read"):
        assert search_path(bare, role) == schema
        with psycopg.connect(bare.url(user=role)) as connection:
            assert connection.execute("SELECT name FROM migrations LIMIT 1").fetchall() == [("0001_types.sql",)]
            assert connection.execute("SELECT unread_count FROM unread('alice')").fetchall() == [(0,)]
        # It is a setting of the role in this database only.
        assert search_path(bare, role, "other") == '"$user", public'
    assert search_path(bare, "administrator") == '"$user", public'


def test_what_an_application_has_in_the_same_database_is_not_touched(
    bare: Postgres, prepare: Callable[[], None]
) -> None:
    application = ("public.notifications", "public.notification_settings", "public.rate_limits")
    with psycopg.connect(bare.url(user="administrator"), autocommit=True) as administrator:
        for name in application:
            administrator.execute(f"CREATE TABLE {name} (id int)".encode())
            administrator.execute(f"INSERT INTO {name} VALUES (7)".encode())
    for _ in range(2):
        prepare()
        migrated(bare, "carillon_owner")

    owned = query_as_superuser(bare, OWNED)
    assert {schema for schema, _, owner in owned if owner == "carillon_owner"} == {"carillon"}
    assert sorted(f"{schema}.{name}" for schema, name, owner in owned if owner == "administrator") == sorted(
        application
    )
    with psycopg.connect(bare.url(user="administrator")) as administrator:
        for name in application:
            assert administrator.execute(f"SELECT id FROM {name}".encode()).fetchall() == [(7,)]
    for name in application:
        with (
            psycopg.connect(bare.url(user="carillon")) as runtime,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            runtime.execute(f"SELECT FROM {name}".encode())
    with psycopg.connect(bare.url(user="carillon")) as runtime:
        assert runtime.execute("SELECT count(*) FROM notifications").fetchall() == [(0,)]


@pytest.mark.parametrize("role", ["carillon", "carillon_api", "carillon_read"])
@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TABLE public.mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE TYPE mine AS (id int)",
        "ALTER TYPE severity ADD VALUE 'mine'",
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
def test_a_functions_role_cannot_change_the_schema(connect: Connect, database_url: str, change: str, role: str) -> None:
    runtime = connect(as_role(database_url, role))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        runtime.execute(change.encode())


def test_everything_in_the_schema_belongs_to_the_owner(connect: Connect) -> None:
    rows = connect().execute(OWNED.encode()).fetchall()
    assert {row["owner"] for row in rows} == {"carillon_owner"}
    assert {row["schema"] for row in rows} == {"carillon"}
    assert {"notifications", "claim", "stack_rule", "carillon"} <= {row["name"] for row in rows}


def test_requests_have_a_short_statement_timeout_and_operators_a_long_one(database_url: str, connect: Connect) -> None:
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
