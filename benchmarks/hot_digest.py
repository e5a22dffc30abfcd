"""What a hot digest costs: `python -m benchmarks.hot_digest`.

Eight connections record warnings for one person, who has one digest open, against the same for eight people. All that
one person is sent passes one row lock; different people pass none in common. Interleaved, medians of six rounds.
"""

import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.create import PRODUCER, rate
from carillon.database.connection import Database, connect
from carillon.database.migrations import migrate
from carillon.models.notification import NewNotification
from carillon.notifications.record import create
from carillon.settings import CreateSettings
from devstack.machine.postgres import Postgres
from tests.support.environment import free_port

ROUNDS = 6
CONNECTIONS = 8
EACH = 100
PEOPLE = [f"person-{number}" for number in range(CONNECTIONS)]


def main() -> None:
    """Run all rounds and print the medians."""
    with tempfile.TemporaryDirectory() as folder:
        server = Postgres(Path(folder) / "postgres", port=free_port())
        server.start()
        try:
            server.create_database("carillon")
            measure(server.url())
        finally:
            server.stop()


def measure(url: str) -> None:
    """Measure on an empty database."""
    settings = CreateSettings.model_validate(
        {"database_url": url, "queue_url": "unused", "email_from": "a@example.com", "default_email_enabled": True}
    )
    with connect(settings) as connection:
        migrate(connection)
        for user_id in PEOPLE:
            connection.execute(
                "INSERT INTO notification_recipients (user_id, email, updated_at) VALUES (%s, 'a@example.com', now())",
                (user_id,),
            )
    databases = [Database(settings) for _ in PEOPLE]

    def record(database: Database, user_id: str) -> None:
        warning = {"event_name": "job.failed", "title": "A job failed", "severity": "warning", "user_id": user_id}
        for _ in range(EACH):
            create(database, settings, PRODUCER, NewNotification.model_validate(warning), None)

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        ways = {
            "eight people, one connection each": lambda: list(pool.map(record, databases, PEOPLE)),
            "one person, eight connections": lambda: list(pool.map(record, databases, PEOPLE[:1] * CONNECTIONS)),
        }
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, work in ways.items():
                rates[name].append(rate(work, CONNECTIONS * EACH))
    for database in databases:
        database.close()
    baseline = statistics.median(rates["eight people, one connection each"])
    for name, measured in rates.items():
        middle = statistics.median(measured)
        print(f"{name:36} {middle:8,.0f} creates a second   {middle / baseline:5.2f} times")


if __name__ == "__main__":
    main()
