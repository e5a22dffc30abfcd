"""The roles' shares of connections: one table for docs, SQL and template, and what a full share leaves to others."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import psycopg
import pytest

from carillon import settings
from carillon.database.connection import REPEAT_WITHIN_SECONDS, Database
from carillon.errors import MigrationFailed, Unavailable
from carillon.settings.base import DatabaseSettings
from devstack.machine.postgres import Postgres
from tests.integration.database.test_roles import migrated, query_as_superuser
from tests.support.paths import ROOT
from tests.support.template import functions, properties, template, timeout, variables

SIZES = template()["Mappings"]["Sizes"]
LIMIT = "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'carillon'"


def in_docs() -> dict[str, list[str]]:
    """Return the table of roles in docs/deploy.md: the cells of each role."""
    page = (ROOT / "docs" / "deploy.md").read_text("utf-8")
    rows = re.findall(r"^\| `(carillon\w*)` \| (.*) \|$", page, re.MULTILINE)
    return {role: cells.split(" | ") for role, cells in rows}


def in_template() -> dict[str, set[str]]:
    """Return the functions of each role, by the user of their DATABASE_URL."""
    found: dict[str, set[str]] = {}
    for name in functions().keys() - {"LiveHints", "LiveAuthorizer"}:  # they have no right and no way to the database
        address = variables(name)["DATABASE_URL"]["Fn::Sub"][0]
        role = re.fullmatch(r"postgresql://(\w+)@\$\{Address\}", address.replace("${DatabaseSchema}", "carillon"))
        assert role is not None, address
        found.setdefault(role[1], set()).add(variables(name)["POWERTOOLS_SERVICE_NAME"])
    return found


@pytest.fixture
def ready(bare: Postgres, prepare: Callable[[], None]) -> Iterator[Callable[[str], Database]]:
    """Yield `ready(role)`: a database connection of a function that signs in as the role, on a server for this test."""
    prepare()
    migrated(bare, "carillon_owner")
    with ExitStack() as stack:

        def make(role: str) -> Database:
            database = Database(DatabaseSettings(database_url=bare.url(user=role)))
            stack.callback(database.close)
            return database

        yield make


def test_docs_sql_and_template_have_one_table(bare: Postgres, prepare: Callable[[], None]) -> None:
    prepare()
    rows = query_as_superuser(
        bare, "SELECT rolname, rolconnlimit, rolconfig FROM pg_roles WHERE rolname ~ '^carillon' AND rolconnlimit >= 0"
    )
    table = in_docs()
    assert in_template() == {role: set(cells[0].split(", ")) for role, cells in table.items()} | {
        "carillon_owner": {"migrate"}
    }
    assert {role: limit for role, limit, _ in rows} == {
        role: int(cells[1].removesuffix(" %")) for role, cells in table.items()
    }, "the server has 100 connections, so a limit is a percentage"
    assert sum(limit for _, limit, _ in rows) == 80
    for role, percent, config in rows:
        sizes = [size["Connections"] * percent // 100 for size in SIZES.values()]
        assert [int(cell) for cell in table[role][2:6]] == sizes, role
        statement, lock = (cell.replace(" ", "") for cell in table[role][6:8])
        assert config == [f"statement_timeout={statement}", f"lock_timeout={lock}"]


@pytest.mark.parametrize("size", SIZES)
def test_each_share_has_what_its_functions_can_need_at_once(size: str) -> None:
    column = 2 + [*SIZES].index(size)
    limits = {role: int(cells[column]) for role, cells in in_docs().items()}
    events = properties("EventSource")["ScalingConfig"]["MaximumConcurrency"]
    runs_may_overlap = 2 * len({"Reaper", "Operator"})
    assert limits["carillon"] >= SIZES[size]["Deliveries"] + events + runs_may_overlap
    assert limits["carillon_api"] >= SIZES[size]["Burst"]
    assert limits["carillon_read"] > limits["carillon_api"]


def test_the_server_ends_a_statement_before_its_function_stops_waiting_and_both_before_the_function_ends() -> None:
    table = in_docs()
    dispatch = 2.0  # seconds, after the statement of create: settings/groups.py
    for name, role, after in (
        ("Read", "carillon_read", 0.0), ("Create", "carillon_api", dispatch), ("Recipients", "carillon_api", 0.0),
        ("Deliver", "carillon", 0.0), ("ProviderEvents", "carillon", 0.0), ("Reaper", "carillon", 0.0),
    ):  # fmt: skip
        model = getattr(settings, f"{name}Settings").model_fields
        at_server = int(table[role][6].removesuffix(" s"))
        waits = model["answer_timeout_seconds"].default
        assert int(table[role][7].removesuffix(" s")) < at_server < waits <= at_server + 1
        # A statement that fails at once runs a second time, on a new connection.
        longest = REPEAT_WITHIN_SECONDS + model["connect_timeout_seconds"].default + waits + after
        assert longest < timeout(name), name


def test_a_storm_of_requests_leaves_connections_to_the_functions_that_deliver(
    ready: Callable[[str], Database], logs: io.StringIO
) -> None:
    limits = {role: int(cells[1].removesuffix(" %")) for role, cells in in_docs().items()}
    for role in ("carillon_read", "carillon_api"):
        for _ in range(limits[role]):
            ready(role).rows("notifications/count_unread", {"user_id": "alice"})
        with pytest.raises(Unavailable):
            ready(role).rows("notifications/count_unread", {"user_id": "alice"})
    assert "too_many_connections" in logs.getvalue()
    for _ in range(limits["carillon"]):
        ready("carillon").rows("deliveries/read_gauges")


def test_the_deploy_that_brings_the_roles_leaves_the_old_limit_and_the_next_one_lowers_it(
    bare: Postgres, prepare: Callable[[], None]
) -> None:
    """Until it ends, all functions of the release before still sign in as `carillon`."""
    with psycopg.connect(bare.url(), autocommit=True) as superuser:
        superuser.execute("CREATE ROLE carillon_owner LOGIN; CREATE ROLE carillon LOGIN CONNECTION LIMIT 80")
        superuser.execute("GRANT carillon_owner, carillon TO administrator WITH ADMIN OPTION")
        superuser.execute("CREATE SCHEMA carillon AUTHORIZATION carillon_owner")
        superuser.execute("GRANT USAGE ON SCHEMA carillon TO carillon")
    for _ in range(2):  # the first of these deploys may have failed after it
        prepare()
        assert query_as_superuser(bare, LIMIT) == [(80,)]
    migrated(bare, "carillon_owner")
    prepare()
    assert query_as_superuser(bare, LIMIT) == [(15,)]


def test_without_the_new_roles_a_migration_names_the_file_to_run_and_changes_nothing(bare: Postgres) -> None:
    with psycopg.connect(bare.url(), autocommit=True) as superuser:
        superuser.execute("CREATE ROLE carillon_owner LOGIN; CREATE ROLE carillon LOGIN")
        superuser.execute("CREATE SCHEMA carillon AUTHORIZATION carillon_owner")
    with pytest.raises(MigrationFailed, match=r"statements/migrations/prepare_roles\.sql") as failure:
        migrated(bare, "carillon_owner")
    [path] = re.findall(r"layers/\S+\.sql", failure.value.message)
    assert (ROOT / path).exists()
    assert query_as_superuser(bare, "SELECT count(*) FROM pg_class WHERE relnamespace = 'carillon'::regnamespace") == [
        (0,)
    ]
