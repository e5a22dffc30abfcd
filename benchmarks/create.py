"""How much one round trip is worth: `python -m benchmarks.create`.

Compares `notifications.create` (one call of one SQL function) with the usual way to do the same: a transaction of
eight statements. Both on the same PostgreSQL, on one connection each, interleaved, medians of six rounds. Then how
many recipients a second one request of 1,000 records, against as many requests for one.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb

from carillon.database.connection import Database, connect
from carillon.database.migrations import migrate
from carillon.identity import Identity
from carillon.ids import uuid7
from carillon.models.notification import NewNotification
from carillon.notifications import record
from carillon.settings import CreateSettings
from devstack.machine.postgres import Postgres
from tests.support.environment import free_port

ROUNDS = 6
CREATES = 300
PEOPLE = [f"person-{number}" for number in range(1000)]
PRODUCER = Identity(subject=None, producer="benchmark")


def critical(**who: object) -> NewNotification:
    """A critical notification: it opens one email and one push per person."""
    return NewNotification.model_validate(
        {"event_name": "job.failed", "title": "A job failed", "severity": "critical", "resource_id": uuid4().hex} | who
    )


def the_usual_way(connection: psycopg.Connection[dict[str, object]], user_id: str) -> None:
    """Begin, look for a repeat, read three tables, insert three times, commit."""
    new, notification, delivery = critical(user_id=user_id), uuid7(), [uuid4(), uuid4()]
    with connection.transaction(), connection.cursor() as cursor:
        key = f"{user_id}:{new.event_name}:{new.resource_id}"
        cursor.execute("SELECT id FROM notifications WHERE user_id = %s AND idempotency_key = %s", (user_id, key))
        cursor.execute("SELECT * FROM notification_preferences WHERE user_id = %s", (user_id,))
        cursor.execute("SELECT * FROM notification_recipients WHERE user_id = %s", (user_id,))
        cursor.execute("SELECT * FROM notification_devices WHERE user_id = %s AND enabled", (user_id,))
        cursor.execute(
            """
            INSERT INTO notifications (id, user_id, created_by, event_name, title, severity, idempotency_key,
                request_hash, in_app, routing, created_at, updated_at)
            VALUES (%s, %s, 'producer:usual', %s, %s, %s, %s, %s, true, %s, now(), now())
            """,
            (notification, user_id, new.event_name, new.title, new.severity, key, new.content_hash(), Jsonb({})),
        )
        cursor.execute(
            """
            INSERT INTO notification_deliveries (id, user_id, channel, available_at, dispatched_at, created_at)
            VALUES (%s, %s, 'email', now(), now(), now()), (%s, %s, 'push', now(), now(), now())
            """,
            (delivery[0], user_id, delivery[1], user_id),
        )
        cursor.execute(
            "INSERT INTO notification_delivery_items VALUES (%s, 'email', %s), (%s, 'push', %s)",
            (notification, delivery[0], notification, delivery[1]),
        )


def rate(work: Callable[[], object], count: int) -> float:
    """How many a second."""
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


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
    settings = CreateSettings.model_validate({
        "database_url": url, "queue_url": "unused", "email_from": "a@example.com", "fcm_application_arn": "unused",
        "default_email_enabled": True, "default_push_enabled": True,
        "email_per_minute": 100_000, "push_per_minute": 100_000,
    })  # fmt: skip
    database = Database(settings)
    with connect(settings) as connection:
        migrate(connection)
        for user_id in PEOPLE:
            connection.execute(
                "INSERT INTO notification_recipients (user_id, email, updated_at) VALUES (%s, 'a@example.com', now())",
                (user_id,),
            )
            connection.execute(
                """
                INSERT INTO notification_devices (id, user_id, platform, token, endpoint_arn, created_at, updated_at)
                VALUES (gen_random_uuid(), %s, 'fcm', %s, 'unused', now(), now())
                """,
                (user_id, user_id),
            )
        connection.execute("ANALYZE")

        def one_by_one() -> None:
            for user_id in PEOPLE[:CREATES]:
                record.create(database, settings, PRODUCER, critical(user_id=user_id), None)

        def usual() -> None:
            for user_id in PEOPLE[:CREATES]:
                the_usual_way(connection, user_id)

        def all_at_once() -> None:
            record.create(database, settings, PRODUCER, critical(user_ids=PEOPLE), None)

        ways = {
            "the usual way, eight round trips": (usual, CREATES),
            "create, one recipient": (one_by_one, CREATES),
            "create, 1,000 recipients": (all_at_once, len(PEOPLE)),
        }
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, (work, count) in ways.items():
                rates[name].append(rate(work, count))
        database.close()
    baseline = statistics.median(rates["the usual way, eight round trips"])
    for name, measured in rates.items():
        middle = statistics.median(measured)
        print(f"{name:36} {middle:8,.0f} recipients a second   {middle / baseline:5.1f} times")


if __name__ == "__main__":
    main()
