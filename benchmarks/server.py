"""A PostgreSQL of this benchmark alone, with its stock settings, on loopback and on a Unix socket."""

import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from carillon.database.connection import statement
from carillon.database.migrations import migrate
from devstack.machine.postgres import Postgres
from tests.support.environment import free_port

EMPTY = "empty_product"  # the name of a database with the schema and no rows


@dataclass(slots=True)
class Server:
    """A running server. Its settings are those that PostgreSQL ships, so every commit is written to disk."""

    postgres: Postgres
    socket_dir: Path
    _has_product: bool = False

    @property
    def socket(self) -> Path:
        """The Unix socket of the server."""
        return self.socket_dir / f".s.PGSQL.{self.postgres.port}"

    def url(self, database: str, *, user: str = "postgres", port: int | None = None) -> str:
        """Return the address of a database: on the Unix socket or, with a port, on loopback."""
        if port is not None:
            return f"postgresql://{user}@127.0.0.1:{port}/{database}"
        return f"postgresql://{user}@/{database}?host={quote(str(self.socket_dir), safe='')}&port={self.postgres.port}"

    def create_database(self, name: str) -> str:
        """Create an empty database and return its address for the superuser."""
        self.postgres.create_database(name)
        return self.url(name)

    def create_product(self, name: str) -> str:
        """Create a database with the schema of this release, as a deploy does. Return its address for the functions.

        The roles serve one database of a server. So each database is a copy of one that stays empty.
        """
        if not self._has_product:
            with psycopg.connect(self.create_database(EMPTY), autocommit=True) as administrator:
                administrator.execute(statement("migrations/prepare_roles"))
                # All functions of a benchmark sign in as carillon, so it has the connections of all roles.
                administrator.execute("ALTER ROLE carillon CONNECTION LIMIT 80")
            with psycopg.connect(self.url(EMPTY, user="carillon_owner"), autocommit=True) as owner:
                migrate(owner)
            self._has_product = True
        return self.copy_database(name, EMPTY)

    def copy_database(self, name: str, template: str) -> str:
        """Create a database as a copy of another that has no connections. Return its address for the functions."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name, user="carillon")

    def settle(self, *databases: str) -> None:
        """Bring databases to rest after they were filled: no dead rows, fresh statistics, no pending writes."""
        for name in databases:
            with psycopg.connect(self.url(name), autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
                connection.execute("CHECKPOINT")


def relaxed(url: str) -> str:
    """Return an address whose commits do not wait for the disk. It is for filling a database, never for measuring."""
    return f"{url}{'&' if '?' in url else '?'}options=-csynchronous_commit%3Doff"


@contextmanager
def running_server(parent: Path | None = None, config: Mapping[str, str] | None = None) -> Generator[Server]:
    """Run a server in a temporary folder, by default in the system's, and stop it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="carillon-bench-", dir=parent))
    socket_dir = folder / "socket"
    socket_dir.mkdir()
    folder.chmod(0o755)
    socket_dir.chmod(0o777)  # if root runs the benchmark, another user runs the server
    settings = {"unix_socket_directories": str(socket_dir), **(config or {})}
    server = Server(Postgres(folder / "postgres", port=free_port(), config=settings), socket_dir)
    try:
        server.postgres.start()
        yield server
    finally:
        server.postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)
