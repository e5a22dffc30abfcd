"""Two installations on one server: neither reads the other's rows, and what happens to one leaves the other alone."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any, LiteralString

import psycopg
import pytest

from carillon.database.connection import statement
from carillon.database.migrations import migrate
from carillon.operations import diagnosis
from carillon.settings import OperatorSettings
from devstack.machine.postgres import Postgres
from tests.integration.database.test_roles import migrated, query_as_superuser
from tests.support.paths import ROOT

SCHEMAS = ("carillon", "notify_eu")
ROLES = ("", "_api", "_read", "_owner")
TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = %s::regnamespace ORDER BY relname"
# All that belongs to the roles of a schema or is granted to them, and their settings.
STATE = """
    SELECT r.rolname, r.rolconnlimit, r.rolconfig::text, s.setconfig::text, c.relname, c.relacl::text
    FROM pg_roles AS r
    LEFT JOIN pg_db_role_setting AS s ON s.setrole = r.oid
    LEFT JOIN pg_class AS c ON c.relkind = 'r' AND c.relnamespace = to_regnamespace('{schema}')
    WHERE r.rolname ~ '^{schema}(_api|_read|_owner)?$'
    ORDER BY r.rolname, c.relname
"""

type Prepare = Callable[..., None]


@pytest.fixture
def prepare_in(bare: Postgres) -> Prepare:
    """Return `prepare_in(schema, database="carillon")`, which creates the roles as the administrator of a deploy."""

    def run(schema: str, database: str = "carillon") -> None:
        with psycopg.connect(bare.url(database, user="administrator"), autocommit=True) as administrator:
            administrator.execute(statement("migrations/name_schema"), {"schema": schema})
            administrator.execute(statement("migrations/prepare_roles"))

    return run


@pytest.fixture
def both(bare: Postgres, prepare_in: Prepare) -> Postgres:
    """Return a server with two installations in one database. Each has a notification of alice."""
    for schema in SCHEMAS:
        prepare_in(schema)
        migrated(bare, f"{schema}_owner", schema)
        with psycopg.connect(bare.url(user=schema), autocommit=True) as runtime:
            runtime.execute(
                "INSERT INTO recipients (user_id, email, updated_at) VALUES ('alice', %s, now())",
                [f"alice@{schema.replace('_', '-')}.example.com"],
            )
    return bare


def state(server: Postgres, schema: str) -> list[tuple[Any, ...]]:
    rows = query_as_superuser(server, STATE.format(schema=schema))
    assert len(rows) > 4
    return rows


def address_of_alice(server: Postgres, role: str) -> list[tuple[str]]:
    with psycopg.connect(server.url(user=role)) as connection:
        return connection.execute("SELECT email FROM recipients").fetchall()


@pytest.mark.parametrize(("own", "other"), list(permutations(SCHEMAS)))
def test_no_role_reads_or_writes_in_the_other_schema(both: Postgres, own: str, other: str) -> None:
    tables = [table for (table,) in query_as_superuser(both, TABLES.replace("%s", f"'{other}'"))]
    assert "recipients" in tables
    attempts: tuple[LiteralString, ...] = ("SELECT FROM {}", "DELETE FROM {}", "INSERT INTO {} DEFAULT VALUES")
    for role in (own + ending for ending in ROLES):
        with psycopg.connect(both.url(user=role), autocommit=True) as connection:
            for table in tables:
                for attempt in attempts:
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        connection.execute(attempt.format(f"{other}.{table}").encode())
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"SELECT * FROM {other}.unread('alice')".encode())
            for taken in (other + ending for ending in ROLES):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    connection.execute(f"SET ROLE {taken}".encode())
    assert address_of_alice(both, own) == [(f"alice@{own.replace('_', '-')}.example.com",)]


def test_a_deploy_of_one_changes_nothing_of_the_other(
    both: Postgres, prepare_in: Prepare, tmp_path_factory: pytest.TempPathFactory
) -> None:
    release = tmp_path_factory.mktemp("schema")
    (release / "9999_next.sql").write_text("CREATE TABLE next_release (id int)")
    before = state(both, "carillon")
    prepare_in("notify_eu")
    with psycopg.connect(both.url(user="notify_eu_owner"), autocommit=True) as owner:
        assert migrate(owner, release, "notify_eu") == ["9999_next.sql"]
    assert state(both, "carillon") == before
    assert ("next_release",) in query_as_superuser(both, TABLES.replace("%s", "'notify_eu'"))


def test_two_first_deploys_at_the_same_time_make_both(bare: Postgres, prepare_in: Prepare) -> None:
    def deploy(schema: str) -> list[str]:
        prepare_in(schema)
        return migrated(bare, f"{schema}_owner", schema)

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(deploy, SCHEMAS)
    assert first == second != []


def test_a_migration_does_not_wait_for_that_of_another_schema(both: Postgres) -> None:
    with psycopg.connect(both.url(user="notify_eu_owner")) as busy:
        busy.execute(statement("migrations/begin"))
        with psycopg.connect(both.url(user="carillon_owner")) as owner:
            owner.execute("SET lock_timeout = '1ms'")
            owner.execute("SELECT pg_advisory_xact_lock(hashtext('carillon.migrations.carillon'))")
        assert migrated(both, "carillon_owner") == []


def statements_of_the_page(word: str) -> bytes:
    """Return the block of SQL in docs/deploy.md that has a word."""
    page = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    [found] = [block for block in re.findall(r"```sql\n(.*?)```", page, re.DOTALL) if word in block]
    return found.encode()


def test_the_pages_statements_remove_one_installation_and_leave_the_other(both: Postgres) -> None:
    before = state(both, "carillon")
    with psycopg.connect(both.url(user="administrator"), autocommit=True) as administrator:
        administrator.execute(statements_of_the_page("DROP ROLE"))
    left = query_as_superuser(
        both,
        "SELECT nspname::text FROM pg_namespace WHERE nspname = 'notify_eu'"
        " UNION SELECT rolname::text FROM pg_roles WHERE rolname ~ '^notify_eu'",
    )
    assert left == []
    assert state(both, "carillon") == before
    assert address_of_alice(both, "carillon") == [("alice@carillon.example.com",)]


def refused(prepare_in: Prepare, *place: str) -> str:
    with pytest.raises(psycopg.errors.RaiseException) as failure:
        prepare_in(*place)
    assert "docs/deploy.md#several-stacks-on-one-database" in str(failure.value)
    return str(failure.value).partition("Choose another DatabaseSchema")[0]


def test_the_roles_are_checked_and_changed_by_one_statement() -> None:
    """A person runs the file with psql, which goes on with the next statement after one that failed."""
    [function, changes, rest] = statement("migrations/prepare_roles").split(b"\n$$;\n")
    assert (b"CREATE OR REPLACE FUNCTION pg_temp.refuse_taken_names" in function, rest) == (True, b"")
    assert b"PERFORM pg_temp.refuse_taken_names(schema);" in changes


def test_the_roles_of_another_database_are_not_shared(both: Postgres, prepare_in: Prepare) -> None:
    """They could read both databases."""
    with psycopg.connect(both.url(user="administrator"), autocommit=True) as administrator:
        administrator.execute("CREATE DATABASE second")
    assert "of an installation in the database carillon" in refused(prepare_in, "carillon", "second")
    prepare_in("notify_us", "second")
    prepare_in("carillon")


@pytest.mark.parametrize(("first", "second"), list(permutations(("notify", "notify_api"))))
def test_a_schema_whose_name_is_a_role_of_another_is_refused(prepare_in: Prepare, first: str, second: str) -> None:
    prepare_in(first)
    assert "The role notify_api exists" in refused(prepare_in, second)


def test_a_role_of_an_application_is_not_taken_over(bare: Postgres, prepare_in: Prepare) -> None:
    """It would get timeouts, and on RDS could no longer sign in with its password."""
    with psycopg.connect(bare.url(), autocommit=True) as superuser:
        superuser.execute("CREATE ROLE rds_iam; GRANT rds_iam TO administrator WITH ADMIN OPTION")
        superuser.execute("CREATE ROLE shop LOGIN; GRANT shop TO administrator WITH ADMIN OPTION")
        superuser.execute("ALTER ROLE shop IN DATABASE carillon SET search_path = shop_tables")
    before = query_as_superuser(bare, "SELECT * FROM pg_roles")
    assert "The role shop exists, and is none of Carillon's" in refused(prepare_in, "shop")
    assert query_as_superuser(bare, "SELECT * FROM pg_roles") == before


def test_a_schema_of_an_application_is_not_taken_over(bare: Postgres, prepare_in: Prepare) -> None:
    with psycopg.connect(bare.url(user="administrator"), autocommit=True) as administrator:
        administrator.execute("CREATE SCHEMA shop")
    assert "The schema shop exists and belongs to the role administrator" in refused(prepare_in, "shop")


def test_a_copied_database_keeps_its_roles_when_the_first_is_gone(both: Postgres, prepare_in: Prepare) -> None:
    """As after a restore into a new database: search paths of roles are not copied, rights are."""
    with psycopg.connect(both.url("postgres"), autocommit=True) as superuser:
        superuser.execute("CREATE DATABASE restored TEMPLATE carillon OWNER administrator")
        assert "of an installation in the database carillon" in refused(prepare_in, "notify_eu", "restored")
        superuser.execute("DROP DATABASE carillon WITH (FORCE)")
    prepare_in("notify_eu", "restored")
    with psycopg.connect(both.url("restored", user="notify_eu_read")) as connection:
        assert connection.execute("SELECT unread_count FROM unread('alice')").fetchall() == [(0,)]


def test_the_doctor_sees_its_own_roles_and_the_limits_of_both(both: Postgres, prepare_in: Prepare) -> None:
    prepare_in("notify_eu")  # as a second deploy: the first may have left a limit as it was
    own = OperatorSettings(database_url=both.url(user="notify_eu"), queue_url="x")
    state = diagnosis._ask_database(own)
    assert [role.name for role in state.roles] == ["notify_eu_owner", "notify_eu", "notify_eu_api", "notify_eu_read"]
    assert all(role.exists for role in state.roles)
    shares = sum(role.share or 0 for role in state.roles)
    assert state.connection_limits == 2 * shares
    assert shares < state.max_connections < state.connection_limits

    with psycopg.connect(both.url(user="administrator"), autocommit=True) as administrator:
        administrator.execute(statements_of_the_page("CONNECTION LIMIT"))
    lowered = diagnosis._ask_database(own)
    assert [role.connection_limit for role in lowered.roles] == [None, 30, 40, 90]
    assert lowered.connection_limits == shares + 160  # half of the four fifths of 400 connections, as the page says


def test_the_doctor_adds_limits_beyond_an_integer(both: Postgres) -> None:
    with psycopg.connect(both.url("postgres"), autocommit=True) as superuser:
        for name in ("huge_one", "huge_two"):
            superuser.execute(f"CREATE ROLE {name} LOGIN CONNECTION LIMIT 2147483647")
    state = diagnosis._ask_database(OperatorSettings(database_url=both.url(user="notify_eu"), queue_url="x"))
    assert state.connection_limits > 2 * 2147483647
