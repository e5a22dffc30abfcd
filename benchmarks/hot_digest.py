"""The cost of a digest that many requests use at once: `python -m benchmarks.hot_digest`.

Eight connections record warnings for one person with one open digest, and then for eight people. All requests for one
person wait for the lock of one row. Requests for different people share no lock. Both run in turn, and the benchmark
prints the median of six rounds.
"""

from concurrent.futures import ThreadPoolExecutor

from benchmarks.common import PRODUCER, median_rates, print_rates, store_addresses, temporary_server
from carillon.database.connection import Database, connect
from carillon.database.migrations import migrate
from carillon.models.notification import NewNotification
from carillon.notifications.record import create
from carillon.settings import CreateSettings

CONNECTIONS = 8
CREATES_EACH = 100
PEOPLE = [f"person-{number}" for number in range(CONNECTIONS)]


def main() -> None:
    """Run all rounds and print the medians."""
    with temporary_server() as url:
        measure(url)


def measure(url: str) -> None:
    """Measure on an empty database."""
    settings = CreateSettings.model_validate(
        {"database_url": url, "queue_url": "unused", "email_from": "a@example.com", "default_email_enabled": True}
    )
    with connect(settings) as connection:
        migrate(connection)
        store_addresses(connection, PEOPLE)
    databases = [Database(settings) for _ in PEOPLE]

    def record(database: Database, user_id: str) -> None:
        warning = {"event_name": "job.failed", "title": "A job failed", "severity": "warning", "user_id": user_id}
        for _ in range(CREATES_EACH):
            create(database, settings, PRODUCER, NewNotification.model_validate(warning), None)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        creates = CONNECTIONS * CREATES_EACH
        rates = median_rates(
            {
                "eight people, one connection each": (lambda: list(pool.map(record, databases, PEOPLE)), creates),
                "one person, eight connections": (
                    lambda: list(pool.map(record, databases, PEOPLE[:1] * CONNECTIONS)),
                    creates,
                ),
            }
        )
    for database in databases:
        database.close()
    print_rates(rates, "creates", decimals=2)


if __name__ == "__main__":
    main()
