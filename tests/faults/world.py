"""Everything around a storm: its own PostgreSQL, the queue and the provider, and its processes."""

import itertools
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import DictRow, dict_row

from carillon.database.connection import Database
from carillon.settings.base import DatabaseSettings
from carillon.settings.groups import VerifySettings
from devstack.machine.postgres import THROWAWAY, Postgres
from tests.faults import processes
from tests.faults.cloud import Cloud
from tests.faults.injector import Injector
from tests.faults.processes import Setup
from tests.faults.provider import Provider, delivery_of
from tests.faults.queue import Queue
from tests.support.environment import bring_schema, free_port, memory_dir
from tests.support.provider_events import TOPIC

# Only settings scale the time: the stuck threshold of two minutes is eight seconds, the reaper's minute one second.
TIMES = {
    "FUNCTION_TIMEOUT_SECONDS": "6",
    "SEND_TIMEOUT_SECONDS": "1",
    "CONNECT_TIMEOUT_SECONDS": "1",
    "STUCK_AFTER_SECONDS": "8",
    "REAPER_INTERVAL_SECONDS": "1",
    "RESET_JITTER_SECONDS": "1",
    "REDISPATCH_AFTER_SECONDS": "5",
    "BACKOFF_BASE_SECONDS": "1",
    "BACKOFF_CAP_SECONDS": "4",
    "THROTTLE_DELAY_SECONDS": "1",
    "PAUSE_DELAY_SECONDS": "2",
    "PROBE_SECONDS": "1",
    "PROBE_CAP_SECONDS": "4",
    "TURN_SECONDS": "1",
    "DEFAULT_DIGEST_MINUTES": "1",
    "EMAIL_PER_MINUTE": "5",
}
VISIBILITY_SECONDS = 12.0
ROLES = ("worker", "reaper", "listener", "producer")


@dataclass
class Running:
    """One process and its options."""

    process: ForkServerProcess
    role: str
    setup: Setup


class World:
    """Everything around one storm. Without `digests`, producers record nothing that waits for a digest's minute."""

    def __init__(
        self, folder: Path, seed: int, *, people: int, digests: bool = True, times: Mapping[str, str] = TIMES,
        visibility_seconds: float = VISIBILITY_SECONDS,
    ) -> None:  # fmt: skip
        self.folder, self.seed, self.people, self.digests = folder, seed, people, digests
        self.dice = random.Random(seed)
        self.injector = Injector(seed)
        self.queue = Queue(self.injector, visibility_seconds=visibility_seconds)
        self.events = Queue(self.injector, visibility_seconds=visibility_seconds, subject=delivery_of)
        self.provider = Provider(self.injector, self.events, late_seconds=float(TIMES["SEND_TIMEOUT_SECONDS"]) + 0.5)
        self.cloud = Cloud(self.injector, self.queue, self.events, self.provider)
        # synchronous_commit: a committed transaction must survive a kill of the server.
        config = THROWAWAY | {"synchronous_commit": "on", "autovacuum": "on", "max_connections": "60"}
        self.postgres = Postgres(folder / "postgres", port=free_port(), config=config)
        self.environment = {**times} | {
            "DATABASE_URL": self.postgres.url(user="carillon"),
            "QUEUE_URL": self.cloud.queue_url,
            "EVENTS_QUEUE_URL": self.cloud.events_url,
            "TOPIC_ARN": TOPIC,
            "AWS_ENDPOINT_URL_SQS": self.cloud.sqs_url,
            "AWS_ENDPOINT_URL_SESV2": self.cloud.ses_url,
            "EMAIL_FROM": "no-reply@example.com",
            "POWERTOOLS_SERVICE_NAME": "storm",
            "POWERTOOLS_TRACE_DISABLED": "true",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        self.verify_settings = VerifySettings.load({**times} | {"VERIFY_SLACK_SECONDS": "30"})
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.faults.processes"])
        self._names = itertools.count(1)
        self._stop = {role: self._context.Event() for role in ROLES}
        self.running: list[Running] = []
        self.ended: list[Running] = []

    def start_database(self) -> None:
        """Start PostgreSQL, and create the schema and people who want email."""
        self.postgres.start()
        bring_schema(self.postgres, "carillon")
        with self.connect() as connection:
            connection.execute(
                "INSERT INTO recipients (user_id, email, updated_at)"
                " SELECT 'person-' || n, 'person-' || n || '@example.com', now() FROM generate_series(0, %s) AS n",
                [self.people],
            )
            connection.execute(
                "INSERT INTO preferences (user_id, channels, updated_at)"
                " SELECT 'person-' || n, jsonb_build_object('email', n %% 50 > 0), now()"
                " FROM generate_series(0, %s) AS n",
                [self.people],
            )

    def connect(self) -> psycopg.Connection[DictRow]:
        """Return a connection for the checks, which no fault strikes."""
        return psycopg.Connection[DictRow].connect(
            self.postgres.url(), autocommit=True, row_factory=dict_row, options="-c search_path=carillon"
        )

    def rows(self, query: str, *parameters: Any) -> list[DictRow]:
        """Run a query on a connection for the checks, and return its rows."""
        with self.connect() as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def database(self) -> Database:
        """Return the package's own database object."""
        return Database(DatabaseSettings(database_url=self.postgres.url(user="carillon")))

    def spawn(self, role: str, **options: Any) -> None:
        """Start a process of one of ROLES."""
        name = f"{role}-{next(self._names)}"
        setup = Setup(
            self.environment, self.folder, name, self.seed, people=self.people, digests=self.digests, **options
        )
        target: Callable[..., None] = getattr(processes, role)
        process = self._context.Process(target=target, args=(setup, self._stop[role]), name=name, daemon=True)
        process.start()
        self.running.append(Running(process, role, setup))

    def collect_ended(self) -> list[Running]:
        """Return the processes that have ended since the last call."""
        return self._move([each for each in self.running if each.process.exitcode is not None])

    def _move(self, ended: list[Running]) -> list[Running]:
        self.running = [each for each in self.running if each not in ended]
        self.ended += ended
        return ended

    def halt(self, *roles: str) -> None:
        """End the processes of these roles after their current step."""
        ending = [each for each in self.running if each.role in roles]
        for role in roles:
            self._stop[role].set()
        for each in ending:
            each.process.join(15)
            if each.process.exitcode is None:
                raise TimeoutError(f"{each.setup.name} does not end")
        self._move(ending)
        for role in roles:
            self._stop[role].clear()

    def restart_database(self) -> None:
        """Stop PostgreSQL at once, as a failover or a power cut does, and start it again."""
        pid = int((self.postgres.data_dir / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGQUIT)
        while self.postgres.running:
            time.sleep(0.02)
        self.postgres.start()

    def close(self) -> None:
        """End everything that this object started."""
        for each in self.running:
            each.process.kill()
            each.process.join(10)
        self.cloud.close()
        self.postgres.stop()


def _end(*_: object) -> None:
    """Exit on SIGTERM through SystemExit, so that `finally` blocks run."""
    sys.exit(143)


@contextmanager
def world(seed: int, **options: Any) -> Generator[World]:
    """Yield a world in its own folder; afterwards stop its processes and delete the folder."""
    folder = Path(tempfile.mkdtemp(prefix="carillon-storm-", dir=memory_dir()))
    storm_world = World(folder, seed, **options)
    former_handler = signal.signal(signal.SIGTERM, _end)
    try:
        storm_world.start_database()
        yield storm_world
    finally:
        storm_world.close()
        signal.signal(signal.SIGTERM, former_handler)
        shutil.rmtree(folder, ignore_errors=True)
