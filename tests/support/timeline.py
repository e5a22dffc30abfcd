"""The service at chosen times: a test sets the clock and sends due deliveries, without waiting."""

import json
from dataclasses import dataclass
from typing import Any

import deliver
from carillon.database.connection import Database
from tests.support.environment import Connect
from tests.support.service import CONTAINERS, Service, sqs_event


@dataclass
class Timeline:
    """The clock of all new connections, and the queue."""

    service: Service
    connect: Connect

    def at(self, moment: str) -> None:
        """Set the time of every function, in the form of RFC 3339."""
        connection = self.connect()
        connection.execute("SELECT set_config('test.moment', %s, false)", [moment])
        connection.execute(
            """
            DO $$ BEGIN
                EXECUTE format(
                    'ALTER DATABASE %I SET carillon.now = %L', current_database(), current_setting('test.moment')
                );
            END $$
            """
        )
        for kept in CONTAINERS:
            if kept.cache_info().currsize:
                _reconnect(kept())

    def leaves(self, channel: str = "email") -> list[int]:
        """Send all due deliveries, and return the number of notifications in each message, smallest first."""
        connection = self.connect()
        due = connection.execute(
            """
            SELECT id FROM deliveries
            WHERE status = 'pending' AND available_at <= current_moment() AND channel = %s ORDER BY id
            """,
            [channel],
        ).fetchall()
        ids = [str(row["id"]) for row in due]
        before = len(self.service.emails)
        for start in range(0, len(ids), 10):
            answer = deliver.handler(sqs_event(*map(_message, ids[start : start + 10])), self.service.context)
            assert answer == {"batchItemFailures": []}
        sent = connection.execute(
            """
            SELECT count(i.notification_id) AS items
            FROM deliveries AS d JOIN delivery_items AS i ON i.delivery_id = d.id
            WHERE d.id = ANY (%s::uuid[]) AND d.status = 'sent' AND i.left_out IS NULL GROUP BY d.id ORDER BY items
            """,
            [ids],
        ).fetchall()
        assert channel != "email" or len(self.service.emails) - before == len(sent)
        return [row["items"] for row in sent]


def _message(delivery_id: str) -> dict[str, Any]:
    """Return the message of SQS for a delivery."""
    return {
        "MessageId": f"message-{delivery_id}", "ReceiptHandle": "receipt", "MD5OfBody": "-",
        "Body": json.dumps({"delivery_id": delivery_id}),
        "Attributes": {"SentTimestamp": "0", "ApproximateReceiveCount": "1"},
    }  # fmt: skip


def _reconnect(kept: Any) -> None:
    """Close the connection of a container, a worker or a reaper, so that its next statement opens a new one."""
    database: Any = getattr(kept, "database", None) or getattr(kept, "_database", None)
    assert isinstance(database, Database)
    database.close()
