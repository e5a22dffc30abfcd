"""The shared parts of the benchmarks: a temporary server, people with addresses, rounds and their medians."""

import statistics
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from carillon.database.connection import Connection
from carillon.identity import Identity
from devstack.machine.postgres import Postgres
from tests.support.environment import free_port

ROUNDS = 6
PRODUCER = Identity(subject=None, producer="benchmark")


@contextmanager
def temporary_server(folder: Path | None = None, config: Mapping[str, str] | None = None) -> Generator[str]:
    """Run a PostgreSQL with an empty database, and yield the address of the database.

    The data is in a temporary directory in `folder`, or in the system's directory for temporary files.
    """
    with tempfile.TemporaryDirectory(dir=folder) as directory:
        server = Postgres(Path(directory) / "postgres", port=free_port(), config=config)
        server.start()
        try:
            server.create_database("carillon")
            yield server.url()
        finally:
            server.stop()


def store_addresses(connection: Connection, people: Sequence[str]) -> None:
    """Store an email address for each person."""
    connection.execute(
        """
        INSERT INTO recipients (user_id, email, updated_at)
        SELECT id, id || '@example.com', now() FROM unnest(%s::text[]) AS id
        """,
        [people],
    )


def median_rates(methods: Mapping[str, tuple[Callable[[], object], int]]) -> dict[str, float]:
    """Run every method once a round, in turn, and return the median rate of each, per second.

    Each method comes with the number of recipients that it records for.
    """
    rates: dict[str, list[float]] = {name: [] for name in methods}
    for _ in range(ROUNDS):
        for name, (run, count) in methods.items():
            started = time.perf_counter()
            run()
            rates[name].append(count / (time.perf_counter() - started))
    return {name: statistics.median(measured) for name, measured in rates.items()}


def print_rates(rates: Mapping[str, float], unit: str, *, decimals: int) -> None:
    """Print each rate, and its ratio to the first one."""
    baseline = next(iter(rates.values()))
    for name, rate in rates.items():
        print(f"{name:36} {rate:8,.0f} {unit} a second   {rate / baseline:5.{decimals}f} times")
