"""The plans of the statements of operators on a large table: they use indexes and read few rows."""

from typing import Any

import pytest
from psycopg.types.json import Jsonb

from tests.integration.database import test_plans_deliver as deliver
from tests.integration.database.test_plans_deliver import SETTINGS
from tests.support.plans import Big

big, large_database, pytestmark = deliver.big, deliver.large_database, deliver.pytestmark

ACT: dict[str, Any] = {"settings": SETTINGS.for_all_events, "operator": "tests", "log": Jsonb({})}
PAGE: dict[str, Any] = ACT | {
    "chosen": Jsonb({}), "after_at": None, "after_id": None, "limit": 50, "before": None, "dry_run": False, "ids": []
}  # fmt: skip
USER: dict[str, Any] = {
    "user_id": "user-7", "event": None, "since": None, "until": None, "after": None, "limit": 20
}  # fmt: skip
LATER = {"since": "2026-11-24T10:00:00Z", "until": "2026-11-25T10:00:00Z", "event": "invoice"}


def choosing(**chosen: Any) -> dict[str, Any]:
    return PAGE | {"chosen": Jsonb(chosen), "ids": chosen.get("ids", [])}


@pytest.mark.parametrize(
    ("name", "parameters", "rows", "index"),
    [
        ("operations/stats", {}, 1000, "deliveries_finished"),
        ("operations/stats", {}, 1000, "deliveries_failed"),
        ("operations/stats", {}, 1000, "deliveries_due"),
        ("operations/user", USER, 100, "notifications_feed"),
        ("operations/user", USER | LATER, 100, "notifications_feed"),
        ("operations/find_people", {"address": "User-7@example.com", "limit": 101}, 1, "recipients_address"),
        ("operations/failed", PAGE, 1000, "deliveries_failed"),
        ("operations/retry", PAGE, 1000, "deliveries_failed"),
        ("operations/retry", choosing(user_id="user-7"), 100, "deliveries_opened"),
        ("operations/failed", choosing(user_id="user-7", creator="producer:billing"), 100, "deliveries_opened"),
        ("operations/retry", choosing(event="invoice", creator="producer:billing"), 1000, "deliveries_failed"),
        ("operations/retry", choosing(ids=["019a9f3c-0000-7000-8000-000000000001"]), 10, "deliveries_pkey"),
        (
            "people/export",
            {"requester": "tests", "log": Jsonb({}), "user_id": "user-7", "after": None, "limit": 100},
            100,
            "delivery_items_pkey",
        ),
    ],
)
def test_a_query_of_an_operator_reads_few_rows(
    big: Big, name: str, parameters: dict[str, Any], rows: int, index: str
) -> None:
    for _ in big.in_both_modes():
        explained = big.explain(name, parameters)
        explained.reads_at_most(rows)
        assert index in explained.indexes


def test_a_lookup_and_a_trace_read_little_more_than_the_rows_requested(big: Big) -> None:
    parameters = ACT | {"ids": big.ids("failed", 100), "chosen": Jsonb({"event": "invoice"}), "replay": True}
    notifications = big.connection.execute("SELECT id FROM notifications ORDER BY md5(id::text) LIMIT 1").fetchall()
    for _ in big.in_both_modes():
        big.explain("operations/lookup", parameters).reads_at_most(1000)
        big.explain("operations/trace", {"id": notifications[0]["id"]}).reads_at_most(20)


def test_a_cancellation_reads_only_notifications_after_its_start(big: Big) -> None:
    parameters = ACT | {"event": "invoice", "channel": None, "after": None, "limit": 500, "dry_run": False}
    recent = big.connection.execute(
        "SELECT created_at FROM notifications ORDER BY id DESC OFFSET 300 LIMIT 1"
    ).fetchall()
    for _ in big.in_both_modes():
        big.explain("operations/cancel", parameters | {"since": recent[0]["created_at"]}).reads_at_most(2000)


def test_the_pause_of_a_delivery_is_found_with_few_rows(big: Big) -> None:
    with big.undone():
        big.connection.execute("INSERT INTO pauses (until) VALUES (now() + interval '1 day')")
        waiting = big.connection.execute(
            """
            SELECT i.notification_id AS id, d.user_id FROM deliveries AS d
            JOIN delivery_items AS i ON i.delivery_id = d.id
            WHERE d.status = 'pending' ORDER BY md5(d.id::text) LIMIT 1
            """
        ).fetchone()
        assert waiting
        for _ in big.in_both_modes():
            big.explain("operations/user", USER | {"user_id": waiting["user_id"]}).reads_at_most(100)
            big.explain("notifications/list_deliveries", waiting | {"producer": None}).reads_at_most(20)
