"""The price of one hot person: `python -m benchmarks.hot_digest`.

Everything for one person and channel waits for one row, so that no digest opens twice. This compares eight connections
that record for eight people with eight connections that record for the same person. Each person has one open digest,
and each new notification joins it. The benchmark prints both rates of six rounds, and their ratio.
"""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import psycopg

from benchmarks import report
from benchmarks.cases import PRODUCER
from benchmarks.figures import Spread, ratios
from benchmarks.product_tables import store_addresses
from benchmarks.progress import clear
from benchmarks.rounds import interleave
from benchmarks.server import running_server
from carillon.database.connection import Database
from carillon.models.new_notification import NewNotification
from carillon.notifications.record import create
from carillon.settings import CreateSettings

CONNECTIONS = 8
CREATES_EACH = 100
ROUNDS = 6
PEOPLE = [f"person-{number}" for number in range(CONNECTIONS)]


def main() -> None:
    """Run all rounds and print the rates."""
    with running_server() as server:
        url = server.create_product("hot_digest")
        with psycopg.connect(server.url("hot_digest"), autocommit=True) as connection:
            store_addresses(connection, PEOPLE)
        samples = measure(url)
    clear()
    for name, rates in samples.items():
        print(f"{name:36} {report.spread(Spread.of(rates))} creates a second")
    each, same = samples.values()
    print(f"{'one person against eight':36} {report.spread(Spread.of(ratios(same, each)))}")


def measure(url: str) -> dict[str, list[float]]:
    """Return the rate of each round, for eight people and for one."""
    settings = CreateSettings.model_validate(
        {"database_url": url, "queue_url": "unused", "email_from": "a@example.com", "default_email": "all"}
    )
    databases = [Database(settings) for _ in PEOPLE]

    def record(database: Database, user_id: str) -> None:
        warning = {"event_name": "job.failed", "title": "A job failed", "severity": "warning", "user_id": user_id}
        for _ in range(CREATES_EACH):
            create(database, settings, PRODUCER, NewNotification.model_validate(warning), None)

    with ThreadPoolExecutor(CONNECTIONS) as pool:

        def rate(people: Sequence[str]) -> float:
            started = time.perf_counter()
            list(pool.map(record, databases, people))
            return CONNECTIONS * CREATES_EACH / (time.perf_counter() - started)

        programs = {
            "eight people, one connection each": partial(rate, PEOPLE),
            "one person, eight connections": partial(rate, PEOPLE[:1] * CONNECTIONS),
        }
        samples = interleave(programs, ROUNDS, "hot digest")
    for database in databases:
        database.close()
    return samples


if __name__ == "__main__":
    main()
