"""Helpers for tests of digests and limits: record for alice, and look at her deliveries."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from carillon.database.connection import Database
from carillon.models.new_notification import NewNotification
from carillon.models.recorded import CreatedOne
from carillon.models.route import Route
from carillon.notifications.record import create
from carillon.settings import CreateSettings
from tests.support.flow import PRODUCER, Flow


def record(database: Database, settings: CreateSettings, **content: Any) -> Route:
    """Record one notification for alice and return the route of its email."""
    given = {"event_name": "job.failed", "title": "A job failed", "severity": "warning", "user_id": "alice"} | content
    answer = create(database, settings, PRODUCER, NewNotification.model_validate(given), None).answer
    assert isinstance(answer, CreatedOne)
    return answer.notification.routing["email"]


def run_at_once[T](databases: list[Database], work: Callable[[int, Database], T]) -> list[T]:
    start = threading.Barrier(len(databases))

    def run(number: int) -> T:
        start.wait(10)
        return work(number, databases[number])

    with ThreadPoolExecutor(len(databases)) as pool:
        return list(pool.map(run, range(len(databases))))


def stop_clock(flow: Flow, moment: str = "2026-11-24T10:00:20Z") -> None:
    """Stop the clock of new database sessions at one moment, in the middle of a minute."""
    flow.db.execute(
        f"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET carillon.now = %L', current_database(), '{moment}'); END $$"
        .encode()
    )  # fmt: skip


def sizes(flow: Flow) -> list[tuple[str | None, int]]:
    """Return the digest key and the number of items of each delivery."""
    rows = flow.db.execute(
        """
        SELECT d.digest_key, count(i.notification_id) AS items
        FROM deliveries AS d LEFT JOIN delivery_items AS i ON i.delivery_id = d.id
        GROUP BY d.id ORDER BY d.available_at, d.digest_key, d.id
        """
    ).fetchall()
    return [(row["digest_key"], row["items"]) for row in rows]


def send_all(flow: Flow) -> list[tuple[int, int]]:
    """Send all pending deliveries; return for each email the numbers of items shown and counted."""
    flow.db.execute("UPDATE deliveries SET available_at = '2000-01-01' WHERE status = 'pending'")
    waiting = [row["id"] for row in flow.rows() if row["status"] == "pending"]
    flow.work(*waiting)
    return sorted((len(call.items), call.item_count) for call in flow.provider.calls)


def all_answered_once(flow: Flow, count: int) -> None:
    """Check that each of `count` notifications is shown and is in exactly one email delivery."""
    row = flow.db.execute(
        """
        SELECT count(*) AS recorded, count(i.delivery_id) AS placed, count(*) FILTER (WHERE in_app) AS shown
        FROM notifications AS n LEFT JOIN delivery_items AS i ON i.notification_id = n.id
        """
    ).fetchone()
    assert row == {"recorded": count, "placed": count, "shown": count}
