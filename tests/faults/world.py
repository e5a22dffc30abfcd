"""All that a storm needs, and its processes: a PostgreSQL of its own, the cloud, workers, reapers, producers."""

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
from carillon.settings.groups import DatabaseSettings, VerifySettings
from devstack.machine.postgres import THROWAWAY, Postgres
from tests.faults import processes
from tests.faults.cloud import Cloud
from tests.faults.injector import Injector
from tests.faults.processes import Setup
from tests.faults.provider import Provider, told_of
from tests.faults.queue import Queue
from tests.support.environment import bring_schema, free_port, memory_dir
from tests.support.provider_events import TOPIC

# Time is scaled by settings alone: two minutes are seven seconds, the minute of the reaper is one.
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
    """One process, and what it was told."""

    process: ForkServerProcess
    role: str
    setup: Setup


class World:
    """Everything around the storms. `digests`: whether people get any; they take a minute."""

    def __init__(
        self, folder: Path, seed: int, *, people: int, digests: bool = True, times: Mapping[str, str] = TIMES,
        visibility_seconds: float = VISIBILITY_SECONDS,
    ) -> None:  # fmt: skip
        self.folder, self.seed, self.people, self.digests = folder, seed, people, digests
        self.dice = random.Random(seed)
        self.injector = Injector(seed)
        self.queue = Queue(self.injector, visibility_seconds=visibility_seconds)
        self.events = Queue(self.injector, visibility_seconds=visibility_seconds, subject=told_of)
        self.provider = Provider(self.injector, self.events, late_seconds=float(TIMES["SEND_TIMEOUT_SECONDS"]) + 0.5)
        self.cloud = Cloud(self.injector, self.queue, self.events, self.provider)
        # What it confirmed is there after it was killed.
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
        self.gone: list[Running] = []

    def start_database(self) -> None:
        """The schema, and people who want email."""
        self.postgres.start()
        bring_schema(self.postgres, "carillon")
        with self.connect() as connection:
            connection.execute(
                "INSERT INTO notification_recipients (user_id, email, updated_at)"
                " SELECT 'person-' || n, 'person-' || n || '@example.com', now() FROM generate_series(0, %s) AS n",
                [self.people],
            )
            connection.execute(
                "INSERT INTO notification_preferences (user_id, email_enabled, updated_at)"
                " SELECT 'person-' || n, n %% 50 > 0, now() FROM generate_series(0, %s) AS n",
                [self.people],
            )

    def connect(self) -> psycopg.Connection[DictRow]:
        """A connection of the harness's own, outside all that is tested."""
        return psycopg.Connection[DictRow].connect(self.postgres.url(), autocommit=True, row_factory=dict_row)

    def rows(self, query: str, *parameters: Any) -> list[DictRow]:
        """Ask the database."""
        with self.connect() as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def database(self) -> Database:
        """A database as the package knows it."""
        return Database(DatabaseSettings(database_url=self.postgres.url(user="carillon")))

    def spawn(self, role: str, **told: Any) -> None:
        """Start a process of one of ROLES."""
        name = f"{role}-{next(self._names)}"
        setup = Setup(self.environment, self.folder, name, self.seed, people=self.people, digests=self.digests, **told)
        target: Callable[..., None] = getattr(processes, role)
        process = self._context.Process(target=target, args=(setup, self._stop[role]), name=name, daemon=True)
        process.start()
        self.running.append(Running(process, role, setup))

    def ended(self) -> list[Running]:
        """Those who died since the last look."""
        return self._forget([each for each in self.running if each.process.exitcode is not None])

    def _forget(self, ended: list[Running]) -> list[Running]:
        self.running = [each for each in self.running if each not in ended]
        self.gone += ended
        return ended

    def halt(self, *roles: str) -> None:
        """End the processes of these roles between two steps of theirs, not within one."""
        ending = [each for each in self.running if each.role in roles]
        for role in roles:
            self._stop[role].set()
        for each in ending:
            each.process.join(15)
            if each.process.exitcode is None:
                raise TimeoutError(f"{each.setup.name} does not end")
        self._forget(ending)
        for role in roles:
            self._stop[role].clear()

    def restart_database(self) -> None:
        """As a failover, or a power cut: no good-byes."""
        pid = int((self.postgres.data_dir / "postmaster.pid").read_text().split("\n", 1)[0])
        os.kill(pid, signal.SIGQUIT)
        while self.postgres.running:
            time.sleep(0.02)
        self.postgres.start()

    def close(self) -> None:
        """End everything that was started here."""
        for each in self.running:
            each.process.kill()
            each.process.join(10)
        self.cloud.close()
        self.postgres.stop()


def _end(*_: object) -> None:
    """Asked to end: all is cleaned up on the way out."""
    sys.exit(143)


@contextmanager
def world(seed: int, **options: Any) -> Generator[World]:
    """A world in a folder of its own, both gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="carillon-storm-", dir=memory_dir()))
    made = World(folder, seed, **options)
    asked_to_end = signal.signal(signal.SIGTERM, _end)
    try:
        made.start_database()
        yield made
    finally:
        made.close()
        signal.signal(signal.SIGTERM, asked_to_end)
        shutil.rmtree(folder, ignore_errors=True)
