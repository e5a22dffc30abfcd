"""What tests share and import by name: the rest are fixtures."""

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

RUN_DIR = "CARILLON_TEST_RUN_DIR"  # names the folder that all processes of one test run share

# Who waits for a lock in this database: other tests' databases are on the same server.
WAITING_HERE = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

Connect = Callable[..., psycopg.Connection[DictRow]]  # what the fixture `connect` is


def memory_dir() -> Path | None:
    """Where files live in memory, if there is room: a database is copied there in 10 ms, on a disk in 50 to 500."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 * 1024**3
    return memory if roomy else None


def as_superuser(database_url: str) -> str:
    """The address of a test's database for who looks into it and plays with it. Functions come as `carillon`, which may
    read and write rows and nothing else: carillon/database/roles.py."""
    return database_url.replace("//carillon@", "//postgres@")


def bring_schema(server: Postgres, database: str) -> None:
    """Bring a database to the current schema as a deploy does: an administrator makes the roles, the owner migrates."""
    server.create_database(database)
    with psycopg.connect(server.url(database), autocommit=True) as administrator:
        administrator.execute(statement("migrations/prepare_roles"))
    with psycopg.connect(server.url(database, user="carillon_owner"), autocommit=True) as owner:
        migrate(owner)


def log_dir() -> Path:
    """Where the processes of this run keep what they log: see tests/support/log_leaks.py."""
    return Path(os.environ[RUN_DIR], "logs")


def suppressed(reason: LiteralString) -> LiteralString:
    """The statement that suppresses every address there is, for `bounced` or `complained`."""
    return f"""
        INSERT INTO notification_suppressions (address_hash, reason, created_at)
        SELECT DISTINCT notification_address_hash(email), '{reason}', now() FROM notification_recipients
        WHERE email IS NOT NULL
        ON CONFLICT (address_hash) DO UPDATE SET reason = excluded.reason
    """


def free_port() -> int:
    """A TCP port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def postgres_bin_dir(config: pytest.Config) -> Path | None:
    """Where the PostgreSQL that `--postgres` asks for is installed; None stands for the embedded one."""
    wanted = str(config.getoption("--postgres"))
    if wanted == "embedded":
        return None
    bin_dir = Path("/usr/lib/postgresql", wanted, "bin")
    if not (bin_dir / "postgres").exists():
        raise pytest.UsageError(f"--postgres {wanted}: PostgreSQL {wanted} is not installed (no {bin_dir})")
    return bin_dir


class FakeLambdaContext(LambdaContext):
    """The context of one invocation. A test sets `remaining_ms` to play an invocation that runs out of time."""

    def __init__(self, function_name: str = "carillon-test", remaining_ms: int = 30_000) -> None:
        self._function_name = function_name
        self._function_version = "$LATEST"
        self._invoked_function_arn = f"arn:aws:lambda:eu-central-1:123456789012:function:{function_name}"
        self._memory_limit_in_mb = 256
        self._aws_request_id = "5f0e0d0c-0000-4000-8000-000000000001"
        self._log_group_name = f"/aws/lambda/{function_name}"
        self._log_stream_name = "test"
        self.remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:  # pyright: ignore[reportIncompatibleMethodOverride] - a stand-in there
        return self.remaining_ms


def rows_about(connect: Connect, user_id: str) -> dict[str, int]:
    """How many rows each table holds about a person."""
    tables = {
        "notifications": "user_id = %(id)s",
        "notification_deliveries": "user_id = %(id)s",
        "notification_delivery_items": """
            delivery_id IN (SELECT id FROM notification_deliveries WHERE user_id = %(id)s)
            OR notification_id IN (SELECT id FROM notifications WHERE user_id = %(id)s)
        """,
        "notification_preferences": "user_id = %(id)s",
        "notification_recipients": "user_id = %(id)s",
        "notification_devices": "user_id = %(id)s",
        "notification_rate_limits": "user_id = %(id)s",
    }
    connection = connect()
    return {
        table: connection.execute(
            f"SELECT count(*) AS rows FROM {table} WHERE {condition}".encode(), {"id": user_id}
        ).fetchall()[0]["rows"]
        for table, condition in tables.items()
    }  # fmt: skip


def counts(connect: Connect) -> tuple[int, int]:
    """How many notifications and deliveries there are."""
    row = connect().execute(
        "SELECT (SELECT count(*) FROM notifications) AS n, (SELECT count(*) FROM notification_deliveries) AS d"
    ).fetchone()  # fmt: skip
    assert row
    return row["n"], row["d"]
