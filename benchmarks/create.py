"""The gain of one round trip: `python -m benchmarks.create`.

This compares `notifications.record.create`, one call of one SQL function, with the usual way: a transaction of eight
statements. Both run on the same PostgreSQL, on one connection each, in turn. A third method records for 1,000
recipients with one request. The benchmark prints the median of six rounds, in recipients a second.
"""

from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb

from benchmarks.common import PRODUCER, median_rates, print_rates, store_addresses, temporary_server
from carillon.database.connection import Database, connect
from carillon.database.migrations import migrate
from carillon.ids import uuid7
from carillon.models.notification import NewNotification
from carillon.notifications import record
from carillon.settings import CreateSettings

CREATES = 300
PEOPLE = [f"person-{number}" for number in range(1000)]


def critical(**recipients: object) -> NewNotification:
    """Return a critical notification. It opens one email and one push for each person."""
    return NewNotification.model_validate(
        {"event_name": "job.failed", "title": "A job failed", "severity": "critical", "resource_id": uuid4().hex}
        | recipients
    )


def create_the_usual_way(connection: psycopg.Connection[dict[str, object]], user_id: str) -> None:
    """Begin, look for a repeated request, read three tables, insert into three tables, commit."""
    new, notification, delivery = critical(user_id=user_id), uuid7(), [uuid4(), uuid4()]
    with connection.transaction(), connection.cursor() as cursor:
        key = f"{user_id}:{new.event_name}:{new.resource_id}"
        cursor.execute("SELECT id FROM notifications WHERE user_id = %s AND idempotency_key = %s", (user_id, key))
        cursor.execute("SELECT * FROM preferences WHERE user_id = %s", (user_id,))
        cursor.execute("SELECT * FROM recipients WHERE user_id = %s", (user_id,))
        cursor.execute("SELECT * FROM devices WHERE user_id = %s AND enabled", (user_id,))
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
            INSERT INTO deliveries (id, user_id, channel, available_at, dispatched_at, created_at)
            VALUES (%s, %s, 'email', now(), now(), now()), (%s, %s, 'push', now(), now(), now())
            """,
            (delivery[0], user_id, delivery[1], user_id),
        )
        cursor.execute(
            "INSERT INTO delivery_items VALUES (%s, 'email', %s), (%s, 'push', %s)",
            (notification, delivery[0], notification, delivery[1]),
        )


def main() -> None:
    """Run all rounds and print the medians."""
    with temporary_server() as url:
        measure(url)


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
        store_addresses(connection, PEOPLE)
        connection.execute(
            """
            INSERT INTO devices (id, user_id, platform, token, endpoint_arn, created_at, updated_at)
            SELECT gen_random_uuid(), id, 'fcm', id, 'unused', now(), now() FROM unnest(%s::text[]) AS id
            """,
            [PEOPLE],
        )
        connection.execute("ANALYZE")

        def the_usual_way() -> None:
            for user_id in PEOPLE[:CREATES]:
                create_the_usual_way(connection, user_id)

        def one_by_one() -> None:
            for user_id in PEOPLE[:CREATES]:
                record.create(database, settings, PRODUCER, critical(user_id=user_id), None)

        def all_at_once() -> None:
            record.create(database, settings, PRODUCER, critical(user_ids=PEOPLE), None)

        rates = median_rates(
            {
                "the usual way, eight round trips": (the_usual_way, CREATES),
                "create, one recipient": (one_by_one, CREATES),
                "create, 1,000 recipients": (all_at_once, len(PEOPLE)),
            }
        )
        database.close()
    print_rates(rates, "recipients", decimals=1)


if __name__ == "__main__":
    main()
