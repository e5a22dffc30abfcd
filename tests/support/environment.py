"""The environment of the tests: folders, ports, database addresses and the Lambda context."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from psycopg.rows import DictRow

from carillon.database.connection import statement
from carillon.database.migrations import migrate
from devstack.machine.postgres import Postgres

RUN_DIR = "CARILLON_TEST_RUN_DIR"  # names the folder that all processes of a test run share

# The sessions that wait for a lock in this database. The databases of other tests are on the same server.
WAITING_HERE = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

Connect = Callable[..., psycopg.Connection[DictRow]]  # the type of the fixture `connect`


def memory_dir(*, programs: bool = False) -> Path | None:
    """Return a folder in memory, if it has 2 GiB free. With `programs`, it must have 4 GiB and may load programs.

    A copy of a database takes 10 ms there, and 50 to 500 ms on a disk. The end-to-end tests fill 2 GiB.
    """
    memory = Path("/dev/shm")
    if not (memory.is_dir() and os.access(memory, os.W_OK)):
        return None
    roomy = shutil.disk_usage(memory).free > (4 if programs else 2) * 1024**3
    refuses = programs and os.statvfs(memory).f_flag & os.ST_NOEXEC
    return memory if roomy and not refuses else None


def as_superuser(database_url: str) -> str:
    """Return the address of a test's database for the superuser, who may change everything.

    Functions sign in as `carillon`, which may only read and write rows: carillon/database/roles.py.
    """
    return as_role(database_url, "postgres")


def as_role(database_url: str, role: str) -> str:
    """Return the address of a test's database for a role: `carillon_read`, `carillon_api`, `carillon_owner`, …"""
    return database_url.replace("//carillon@", f"//{role}@")


def bring_schema(server: Postgres, database: str) -> None:
    """Create a database with the current schema, as a deploy does.

    An administrator creates the roles, and the owner migrates. The roles have no limit of connections, because many
    tests share a server, and most of their connections are those of `carillon`.
    """
    server.create_database(database)
    # One transaction: the other tests of the server never see the limits.
    with psycopg.connect(server.url(database)) as administrator:
        administrator.execute(statement("migrations/prepare_roles"))
        for role in ("carillon", "carillon_api", "carillon_read"):
            administrator.execute(f"ALTER ROLE {role} CONNECTION LIMIT -1".encode())
    with psycopg.connect(server.url(database, user="carillon_owner"), autocommit=True) as owner:
        migrate(owner)


def log_dir() -> Path:
    """Return the folder for the logs of all processes of this run: see tests/support/log_leaks.py."""
    return Path(os.environ[RUN_DIR], "logs")


def suppressed(reason: LiteralString) -> LiteralString:
    """Return the statement that suppresses every stored address, for `bounced` or `complained`."""
    return f"""
        INSERT INTO suppressions (address_hash, reason, created_at)
        SELECT DISTINCT address_hash(email), '{reason}', now() FROM recipients
        WHERE email IS NOT NULL
        ON CONFLICT (address_hash) DO UPDATE SET reason = excluded.reason
    """


def free_port() -> int:
    """Return a TCP port of the loopback address that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def postgres_bin_dir(config: pytest.Config) -> Path | None:
    """Return the folder of the PostgreSQL that `--postgres` names; None for the embedded one."""
    wanted = str(config.getoption("--postgres"))
    if wanted == "embedded":
        return None
    bin_dir = Path("/usr/lib/postgresql", wanted, "bin")  # an absolute path replaces what is before it
    if not (bin_dir / "postgres").exists():
        raise pytest.UsageError(f"--postgres {wanted}: PostgreSQL {wanted} is not installed (no {bin_dir})")
    return bin_dir


class FakeLambdaContext(LambdaContext):
    """The context of one invocation. A test sets `remaining_ms` to simulate the deadline."""

    def __init__(self, function_name: str = "carillon-test", remaining_ms: int = 30_000) -> None:
        self._function_name = function_name
        self._function_version = "$LATEST"
        self._invoked_function_arn = f"arn:aws:lambda:eu-central-1:123456789012:function:{function_name}"
        self._memory_limit_in_mb = 256
        self._aws_request_id = "5f0e0d0c-0000-4000-8000-000000000001"
        self._log_group_name = f"/aws/lambda/{function_name}"
        self._log_stream_name = "test"
        self.remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:  # pyright: ignore[reportIncompatibleMethodOverride] - the base is a stub
        return self.remaining_ms


def rows_about(connect: Connect, user_id: str) -> dict[str, int]:
    """Return the number of rows about a person in each table."""
    tables = {
        "notifications": "user_id = %(id)s",
        "deliveries": "user_id = %(id)s",
        "delivery_items": """
            delivery_id IN (SELECT id FROM deliveries WHERE user_id = %(id)s)
            OR notification_id IN (SELECT id FROM notifications WHERE user_id = %(id)s)
        """,
        "preferences": "user_id = %(id)s",
        "recipients": "user_id = %(id)s",
        "devices": "user_id = %(id)s",
        "rate_limits": "user_id = %(id)s",
    }
    connection = connect()
    return {
        table: connection.execute(
            f"SELECT count(*) AS rows FROM {table} WHERE {condition}".encode(), {"id": user_id}
        ).fetchall()[0]["rows"]
        for table, condition in tables.items()
    }  # fmt: skip


def counts(connect: Connect) -> tuple[int, int]:
    """Return the numbers of notifications and deliveries."""
    row = connect().execute(
        "SELECT (SELECT count(*) FROM notifications) AS n, (SELECT count(*) FROM deliveries) AS d"
    ).fetchone()  # fmt: skip
    assert row
    return row["n"], row["d"]
