"""A real PostgreSQL for each test run, and a fresh database with the current schema for each test."""

import fcntl
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from devstack.machine.postgres import THROWAWAY, Postgres
from tests.support.environment import RUN_DIR, Connect, as_superuser, bring_schema, free_port, postgres_bin_dir
from tests.support.flow import Flow
from tests.support.service import Service, running

TEMPLATE = "carillon_template"
# Copies of a database do not copy the search paths of its roles.
CONFIG = THROWAWAY | {"max_connections": "300", "search_path": "carillon,public"}


@pytest.fixture(scope="session")
def postgres(pytestconfig: pytest.Config) -> Postgres:
    """Return the server that all workers of a run share. The first worker starts it; it stops when the run ends.

    Never stop or restart it in a test: see `own_postgres`.
    """
    run_dir, bin_dir = Path(os.environ[RUN_DIR]), postgres_bin_dir(pytestconfig)
    with (run_dir / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        port_file = run_dir / "port"
        if port_file.exists():
            return Postgres(run_dir / "postgres", port=int(port_file.read_text()), bin_dir=bin_dir)
        server = Postgres(run_dir / "postgres", port=free_port(), bin_dir=bin_dir, config=CONFIG)
        server.start()
        bring_schema(server, TEMPLATE)
        port_file.write_text(str(server.port))
        return server


@pytest.fixture(scope="session")
def fresh_database(postgres: Postgres) -> Iterator[Callable[[str], str]]:
    """Yield a function that copies a template to a new database and returns its URL.

    Each call drops the database of four calls ago. A connection that was closed just now still uses its database for a
    moment, and then PostgreSQL waits a tenth of a second before it tries again.
    """
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        made: list[str] = []

        def make(template: str) -> str:
            while len(made) > 3:
                connection.execute(f"DROP DATABASE {made.pop(0)} WITH (FORCE)".encode())
            name = f"test_{uuid.uuid4().hex}"
            # With the strategy `file_copy`, a database is created as fast, and dropped faster.
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY".encode())
            made.append(name)
            return postgres.url(name)

        yield make


@pytest.fixture
def empty_database_url(fresh_database: Callable[[str], str]) -> str:
    """Return the URL of a new empty database for one test."""
    return fresh_database("template1")


@pytest.fixture
def database_url(fresh_database: Callable[[str], str]) -> str:
    """Return the URL of a new database with the current schema for one test. Its user is the user of the functions."""
    return fresh_database(TEMPLATE).replace("//postgres@", "//carillon@")


@pytest.fixture
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """Yield `connect()`, which opens a connection to the test's database as superuser: autocommit, rows as dicts.

    `connect(url, autocommit=False, …)` connects to another database and accepts the options of `psycopg.connect`.
    The fixture closes all connections at the end.
    """
    with ExitStack() as stack:

        def open_connection(url: str | None = None, **options: Any) -> psycopg.Connection[DictRow]:
            target: str = url or as_superuser(request.getfixturevalue("database_url"))
            options = {"autocommit": True} | options
            connection = psycopg.Connection[DictRow].connect(target, row_factory=dict_row, **options)
            stack.callback(connection.close)
            return connection

        yield open_connection


@pytest.fixture
def own_postgres(pytestconfig: pytest.Config) -> Iterator[Postgres]:
    """Yield a server for one test, which may stop and start it; its database `carillon` has the schema."""
    data_dir = Path(os.environ[RUN_DIR], f"own-{uuid.uuid4().hex}")
    config = CONFIG | {"synchronous_commit": "on"}  # a committed row is there after the server was killed
    server = Postgres(data_dir, port=free_port(), bin_dir=postgres_bin_dir(pytestconfig), config=config)
    try:
        server.start()
        bring_schema(server, "carillon")
        yield server
    finally:
        server.stop()
        shutil.rmtree(data_dir)


@pytest.fixture
def service(aws: boto3.Session, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Yield the whole service on this test's database and moto's AWS, with email and push: tests/support/service.py."""
    with running(aws, database_url, monkeypatch) as running_service:
        yield running_service


@pytest.fixture
def flow(database_url: str) -> Iterator[Flow]:
    """Yield the worker and the reaper on this test's database, with a scripted provider: tests/support/flow.py."""
    with ExitStack() as stack:
        yield Flow(database_url, stack)


@pytest.fixture
def reachable(connect: Connect) -> Callable[..., None]:
    """Return `reachable("alice", email=True, push=True)`: it adds an address and a device, and enables the channels."""

    def make(*user_ids: str, email: bool = True, push: bool = False) -> None:
        connection = connect()
        for user_id in user_ids:
            connection.execute(
                """
                INSERT INTO recipients (user_id, email, updated_at) VALUES (%(id)s, %(email)s, now())
                ON CONFLICT (user_id) DO NOTHING
                """,
                {"id": user_id, "email": f"{user_id}@example.com"},
            )
            connection.execute(
                """
                INSERT INTO preferences (user_id, channels, updated_at)
                VALUES (%(id)s, jsonb_build_object('email', %(email)s::boolean, 'push', %(push)s::boolean), now())
                """,
                {"id": user_id, "email": email, "push": push},
            )
            if push:
                sns = boto3.client("sns")
                token = f"token-of-{user_id}"
                endpoint = sns.create_platform_endpoint(
                    PlatformApplicationArn=os.environ["FCM_APPLICATION_ARN"], Token=token
                )["EndpointArn"]
                connection.execute(
                    """
                    INSERT INTO devices
                        (id, user_id, platform, token, endpoint_arn, created_at, updated_at)
                    VALUES (gen_random_uuid(), %(id)s, 'fcm', %(token)s, %(endpoint)s, now(), now())
                    """,
                    {"id": user_id, "token": token, "endpoint": endpoint},
                )

    return make
