"""Migrations on a real database: each file runs once, all in one transaction, in one deploy at a time."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import psycopg
import pytest

from carillon.database import migrations
from carillon.database.migrations import migrate, schema_version
from carillon.errors import MigrationFailed
from tests.support.environment import Connect


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Return the directory of a release with two numbered migrations and one SQL function."""
    (tmp_path / "functions").mkdir()
    (tmp_path / "0001_one.sql").write_text("CREATE TABLE one (id int);\nINSERT INTO one VALUES (1);\n")
    (tmp_path / "0002_two.sql").write_text("ALTER TABLE one ADD COLUMN word text DEFAULT 'a % b';\n")
    (tmp_path / "functions" / "answer.sql").write_text(
        "CREATE OR REPLACE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 41';\n"
    )
    return tmp_path


def recorded(connection: psycopg.Connection[dict[str, object]]) -> list[object]:
    rows = connection.execute("SELECT name FROM migrations ORDER BY applied_at, name").fetchall()
    return [row["name"] for row in rows]


def objects(connection: psycopg.Connection[Any]) -> dict[str, set[str]]:
    """Return the names of all tables, indexes, functions and types that are not PostgreSQL's own, by schema."""
    rows = connection.execute(
        """
        SELECT s.nspname AS schema, array_agg(o.name) FILTER (WHERE o.name IS NOT NULL) AS names
        FROM pg_namespace AS s
        LEFT JOIN (
            SELECT relnamespace AS schema, relname::text AS name FROM pg_class
            UNION ALL SELECT pronamespace, proname::text FROM pg_proc
            UNION ALL SELECT typnamespace, typname::text FROM pg_type
        ) AS o ON o.schema = s.oid
        WHERE s.nspname !~ '^pg_' AND s.nspname <> 'information_schema'
        GROUP BY s.nspname
        """
    ).fetchall()
    return {row["schema"]: set(row["names"] or ()) for row in rows}


def test_this_release_migrates_an_empty_database_and_the_second_run_changes_nothing(
    connect: Connect, empty_database_url: str
) -> None:
    connection = connect(empty_database_url)
    first = migrate(connection)
    assert first[0].startswith("0001_")
    assert f"{schema_version()}.sql" in first
    before = connection.execute("SELECT xmin, * FROM migrations ORDER BY name").fetchall()
    assert len(before) == len(first)

    assert migrate(connection) == []
    assert connection.execute("SELECT xmin, * FROM migrations ORDER BY name").fetchall() == before


@pytest.mark.parametrize("schema", ["carillon", "notify_eu", "user"])
def test_this_release_is_in_a_schema_of_its_own(connect: Connect, empty_database_url: str, schema: str) -> None:
    connection = connect(empty_database_url)
    first = migrate(connection, schema=schema)

    made = objects(connection)
    assert made.keys() == {"public", schema}
    assert made["public"] == set()
    assert {"notifications", "migrations", "claim", "stack_rule"} <= made[schema]
    # A session that did not migrate uses the schema too, because the role has its search path.
    other = connect(empty_database_url)
    assert other.execute("SHOW search_path").fetchall() == [
        {"search_path": f'"{schema}"' if schema == "user" else schema}
    ]
    assert other.execute("SELECT count(*) AS n FROM notifications").fetchall() == [{"n": 0}]
    assert len(recorded(other)) == len(first)
    assert migrate(other, schema=schema) == []


def test_tables_of_an_application_are_not_touched(connect: Connect, empty_database_url: str) -> None:
    """An application may have tables of the same names, in public or in a schema of its own."""
    application = connect(empty_database_url, options="-c search_path=public")
    for name in ("public.notifications", "public.migrations", "app.preferences"):
        application.execute("CREATE SCHEMA IF NOT EXISTS app")
        application.execute(f"CREATE TABLE {name} (id int PRIMARY KEY, word text DEFAULT 'ours')".encode())
        application.execute(f"INSERT INTO {name} VALUES (1)".encode())
    application.execute("CREATE FUNCTION public.claim() RETURNS int LANGUAGE sql AS 'SELECT 7'")
    before = objects(application)

    migrate(connect(empty_database_url))
    migrate(connect(empty_database_url))

    after = objects(application)
    assert after.keys() == {"public", "app", "carillon"}
    assert {name: after[name] for name in before} == before
    for name in ("public.notifications", "public.migrations", "app.preferences"):
        assert application.execute(f"SELECT * FROM {name}".encode()).fetchall() == [{"id": 1, "word": "ours"}]
    assert application.execute("SELECT claim() AS n").fetchall() == [{"n": 7}]
    assert connect(empty_database_url).execute("SELECT count(*) AS n FROM notifications").fetchall() == [{"n": 0}]


def test_a_database_from_before_the_schema_is_refused_and_stays_as_it_is(
    connect: Connect, empty_database_url: str
) -> None:
    connection = connect(empty_database_url)
    connection.execute("CREATE TABLE public.notification_migrations (name text)")
    before = objects(connection)
    with pytest.raises(MigrationFailed) as caught:
        migrate(connection)
    assert caught.value.message == (
        "the table of migrations: This database was made before Carillon had a PostgreSQL schema of its own, and cannot"
        " be migrated. Delete it and deploy again. `make clean` deletes a local one."
    )
    assert objects(connection) == before


def test_numbered_files_come_in_order_and_before_functions(
    connect: Connect, empty_database_url: str, directory: Path
) -> None:
    (directory / "functions" / "0000_first_by_name.sql").write_text("SELECT word FROM one;")
    names = migrate(connect(empty_database_url), directory)
    assert names == ["0001_one.sql", "0002_two.sql", "functions/0000_first_by_name.sql", "functions/answer.sql"]


def test_only_a_changed_function_file_runs_again(connect: Connect, empty_database_url: str, directory: Path) -> None:
    connection = connect(empty_database_url)
    migrate(connection, directory)
    function = directory / "functions" / "answer.sql"
    function.write_text(function.read_text().replace("41", "42"))

    assert migrate(connection, directory) == ["functions/answer.sql"]
    assert connection.execute("SELECT answer()").fetchall() == [{"answer": 42}]
    assert migrate(connection, directory) == []


def test_a_changed_numbered_file_is_refused_by_name(connect: Connect, empty_database_url: str, directory: Path) -> None:
    connection = connect(empty_database_url)
    migrate(connection, directory)
    (directory / "0001_one.sql").write_text("CREATE TABLE other (id int);")
    (directory / "0003_three.sql").write_text("CREATE TABLE three (id int);")

    with pytest.raises(MigrationFailed, match=r"^0001_one\.sql: was changed"):
        migrate(connection, directory)
    assert "three" not in objects(connection)["carillon"]


@pytest.mark.parametrize("autocommit", [True, False])
def test_a_failed_run_changes_nothing_and_names_the_reason(
    connect: Connect, empty_database_url: str, directory: Path, autocommit: bool
) -> None:
    (directory / "functions" / "broken.sql").write_text("SELECT 1; SELECT nothing FROM one;")
    with pytest.raises(MigrationFailed, match=r'^functions/broken\.sql: column "nothing" does not exist$'):
        migrate(connect(empty_database_url, autocommit=autocommit), directory)
    assert objects(connect(empty_database_url)) == {"public": set()}

    (directory / "functions" / "broken.sql").unlink()
    assert len(migrate(connect(empty_database_url, autocommit=autocommit), directory)) == 3


def test_a_newer_database_is_accepted_and_logged(
    connect: Connect, empty_database_url: str, directory: Path, logs: io.StringIO
) -> None:
    connection = connect(empty_database_url)
    migrate(connection, directory)
    (directory / "0002_two.sql").unlink()

    assert migrate(connection, directory) == []
    assert json.loads(logs.getvalue())["unknown_migrations"] == ["0002_two.sql"]
    assert recorded(connection) == ["0001_one.sql", "0002_two.sql", "functions/answer.sql"]


def test_concurrent_deploys_apply_each_file_once(connect: Connect, empty_database_url: str, directory: Path) -> None:
    connections = [connect(empty_database_url) for _ in range(6)]
    start = Barrier(len(connections))

    def deploy(connection: psycopg.Connection[dict[str, object]]) -> list[str]:
        start.wait(10)
        return migrate(connection, directory)

    with ThreadPoolExecutor(len(connections)) as pool:
        results = list(pool.map(deploy, connections))
    assert sorted(map(len, results)) == [0, 0, 0, 0, 0, 3]
    assert connections[0].execute("SELECT id FROM one").fetchall() == [{"id": 1}]


def test_a_locked_table_fails_the_migration_and_does_not_block_it(
    connect: Connect, empty_database_url: str, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connect(empty_database_url)
    migrate(connection, directory)
    # The migration limits its own wait to 10 seconds. The test sets a shorter limit.
    (directory / "0003_three.sql").write_text("SET LOCAL lock_timeout = '50ms';\nALTER TABLE one ADD COLUMN more int;")
    reader = connect(empty_database_url, autocommit=False)
    reader.execute("SELECT FROM one")

    with pytest.raises(MigrationFailed, match=r"^0003_three\.sql: canceling statement due to lock timeout"):
        migrate(connection, directory)

    # The reader has gone: the next attempt finds the table unlocked.
    def gone(*_: object, **__: object) -> None:
        reader.rollback()

    monkeypatch.setattr(migrations.logger, "warning", gone)
    assert migrate(connection, directory) == ["0003_three.sql"]


def test_the_lock_timeout_is_set_while_files_run(connect: Connect, empty_database_url: str, directory: Path) -> None:
    (directory / "0003_three.sql").write_text("CREATE TABLE seen AS SELECT current_setting('lock_timeout') AS wait;")
    connection = connect(empty_database_url)
    migrate(connection, directory)
    assert connection.execute("SELECT wait FROM seen").fetchall() == [{"wait": "10s"}]
    assert connection.execute("SHOW lock_timeout").fetchall() == [{"lock_timeout": "0"}]


def test_the_error_of_a_lost_connection_contains_no_secret(
    connect: Connect, empty_database_url: str, directory: Path
) -> None:
    connection = connect(empty_database_url)
    connection.close()
    with pytest.raises(MigrationFailed) as caught:
        migrate(connection, directory)
    assert "127.0.0.1" not in caught.value.message
