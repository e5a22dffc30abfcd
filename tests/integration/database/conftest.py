"""A server without roles and schema, and its preparation by an administrator."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from carillon.database.connection import statement
from devstack.machine.postgres import THROWAWAY, Postgres
from tests.support.environment import RUN_DIR, free_port, postgres_bin_dir


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
