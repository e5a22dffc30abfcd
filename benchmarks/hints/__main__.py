"""The cost of hints for a create, and while their queue refuses or hangs: `python -m benchmarks.hints`.

One container runs the real handler on an embedded PostgreSQL. The functions' own client calls a simulated SQS over
HTTP, in a process of its own. Each request takes the next case in random order, so that all cases see the same machine.

The simulated SQS answers after 8 ms (median; 18 ms at p99). `--database-ms` is added to each call of the database, for
its network and its disk.
"""

import argparse
import io
import logging
import os
import random
import statistics
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from subprocess import PIPE, Popen
from typing import Any
from uuid import uuid4

import psycopg
from psycopg.rows import DictRow
from rich.console import Console
from rich.table import Table

import create
from benchmarks.product_tables import store_addresses
from benchmarks.simulated import server
from carillon.aws.hints import Hints
from carillon.database.connection import Database
from carillon.database.migrations import migrate
from carillon.deliveries.dispatch import Dispatcher
from carillon.settings import CreateSettings
from tests.support.environment import FakeLambdaContext
from tests.support.service import http_event

PEOPLE = [f"person-{number}" for number in range(200)]
PRODUCER = {"client_id": "jobs", "sub": "jobs", "scope": "carillon/send"}
# The severities: a critical notification has an email, and its dispatch and its hint leave at the same time.
SEVERITIES = {"no delivery": "info", "one delivery": "critical"}
QUEUES = {"no hints": None, "hints": "hints", "the queue refuses": "refuses", "the queue hangs": "hangs"}
WARM_UP = 20


class SlowDatabase(Database):
    """The connection of a container to a database that is not on this machine."""

    def __init__(self, settings: CreateSettings, seconds: float) -> None:
        super().__init__(settings)
        self._seconds = seconds

    def _run(self, name: str, parameters: Mapping[str, Any] | None) -> list[DictRow]:
        time.sleep(self._seconds)
        return super()._run(name, parameters)


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of request, and the milliseconds that its requests took."""

    severity: str
    queue: str
    container: create.Container
    took: list[float]


@contextmanager
def simulated_sqs() -> Generator[str]:
    """Run the simulated SQS, and yield its address."""
    with Popen([sys.executable, "-m", "benchmarks.hints.sqs"], stdout=PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def measure(cases: list[Case], requests: int) -> None:
    """Send so many requests of each case, in random order."""
    chance = random.Random(1)  # noqa: S311 - an order, no secret
    context, of_create = FakeLambdaContext(), create
    for number in range(-WARM_UP, requests):
        for case in chance.sample(cases, len(cases)):
            setattr(of_create, "container", lambda case=case: case.container)  # noqa: B010 - it is typed as a function
            body = {
                "user_id": chance.choice(PEOPLE), "event_name": "job.ended", "title": "A job ended",
                "severity": case.severity, "idempotency_key": str(uuid4()),
            }  # fmt: skip
            event = http_event("POST", "/notifications", body, claims=PRODUCER)
            started = time.perf_counter()
            answer = create.handler(event, context)
            took = (time.perf_counter() - started) * 1000
            assert answer["statusCode"] == 201, answer["body"]
            if number >= 0:
                case.took.append(took)


def report(cases: list[Case]) -> None:
    """Print the percentiles of each case, and their ratios to the same request without hints."""
    table = Table("request", "hints", "p50 ms", "p99 ms", "slowest ms", "p50 ratio", "p99 ratio", box=None)
    for name, severity in SEVERITIES.items():
        p50, p99 = percentiles(next(each for each in cases if each.severity == severity and each.queue == "no hints"))
        for case in (each for each in cases if each.severity == severity):
            own50, own99 = percentiles(case)
            figures = (
                f"{own50:.1f}",
                f"{own99:.1f}",
                f"{max(case.took):.0f}",
                f"{own50 / p50:.2f}",
                f"{own99 / p99:.2f}",
            )
            table.add_row(name, case.queue, *figures)
    Console(width=110).print(table)


def percentiles(case: Case) -> tuple[float, float]:
    """Return the median and the 99th percentile of a case, in milliseconds."""
    return statistics.median(case.took), statistics.quantiles(case.took, n=100, method="inclusive")[98]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hints", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--requests", type=int, default=400, help="requests of each case (400)")
    parser.add_argument("--database-ms", type=float, default=12, help="added to each call of the database (12)")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with server() as url, simulated_sqs() as endpoint:
        os.environ |= {
            "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x",
            "AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1", "POWERTOOLS_LOG_LEVEL": "CRITICAL",
            "DATABASE_URL": url, "QUEUE_URL": "deliveries", "LIVE_KEY": "key",
            "EMAIL_FROM": "no-reply@example.com", "DEFAULT_EMAIL": "all",
        }  # fmt: skip
        with psycopg.connect(url, autocommit=True) as connection:
            migrate(connection)
            store_addresses(connection, PEOPLE)
        settings = CreateSettings.load()
        database = SlowDatabase(settings, options.database_ms / 1000)
        dispatcher = Dispatcher(settings, database)
        cases: list[Case] = []
        for queue, url_of_queue in QUEUES.items():
            chosen = CreateSettings.load(dict(os.environ) | ({"HINTS_QUEUE_URL": url_of_queue} if url_of_queue else {}))
            container = create.Container(chosen, database, dispatcher, Hints(chosen))
            cases += [Case(severity, queue, container, []) for severity in SEVERITIES.values()]
        with redirect_stdout(io.StringIO()):  # the metrics
            measure(cases, options.requests)
        database.close()
    report(cases)


if __name__ == "__main__":
    main()
