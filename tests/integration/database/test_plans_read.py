"""The cost of reading on a large table: EXPLAIN of the real statements on 200,000 rows of 2,000 people.

Three people have far more rows than the others, one of them old rows: a plan for the average person is too slow.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row

from carillon.database.connection import statement
from carillon.ids import uuid7
from carillon.settings.routing import RoutingSettings
from devstack.machine.postgres import Postgres
from tests.integration.conftest import TEMPLATE
from tests.support.environment import RUN_DIR
from tests.support.many_notifications import AHEAD, HEAVY, LONG_AGO, USUAL, fill
from tests.support.plans import Plan, carried_out

pytestmark = pytest.mark.slow

DATABASE = "carillon_plans_read"


@pytest.fixture(scope="module")
def big(postgres: Postgres) -> Iterator[psycopg.Connection[DictRow]]:
    """Return a database with 200,000 notifications, created once for all workers of a run; the server deletes it."""
    made = Path(os.environ[RUN_DIR], DATABASE)
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            with psycopg.connect(postgres.url("postgres"), autocommit=True) as server:
                server.execute(f"CREATE DATABASE {DATABASE} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY".encode())
            with psycopg.connect(postgres.url(DATABASE), autocommit=True) as connection:
                fill(connection)
            made.touch()
    with psycopg.Connection[DictRow].connect(
        postgres.url(DATABASE), autocommit=True, row_factory=dict_row
    ) as connection:
        yield connection


@pytest.fixture
def explain(big: psycopg.Connection[DictRow]) -> Callable[..., Plan]:
    """Return a function that explains a statement as the service runs it; `generic` plans it without its values."""

    def run(name: str, parameters: dict[str, Any], *, generic: bool = False) -> Plan:
        text = statement(name).decode()
        names = [each for each in parameters if f"%({each})s" in text]
        with big.transaction(force_rollback=True), psycopg.ClientCursor(big) as cursor:
            if generic:
                numbered = text % {each: f"${number}" for number, each in enumerate(names, 1)}
                cursor.execute(f"PREPARE explained AS {numbered}".encode())
                cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
                values = ", ".join(cursor.mogrify("%s", [parameters[each]]) for each in names)
                ran = f"EXECUTE explained ({values})"
            else:
                ran = cursor.mogrify(text.encode(), parameters)
            plan = carried_out(cursor, ran)
            if generic:
                cursor.execute("DEALLOCATE explained")
        return plan

    return run


def middle_of(big: psycopg.Connection[DictRow], user: str) -> UUID:
    row = big.execute(
        "SELECT id FROM notifications WHERE user_id = %s ORDER BY id OFFSET (SELECT count(*) / 2 FROM notifications "
        "WHERE user_id = %s) LIMIT 1",
        [user, user],
    ).fetchone()
    assert row
    return row["id"]


LISTS = [
    ("notifications/list_feed", "notifications_feed"),
    ("notifications/list_unread", "notifications_unread"),
    ("notifications/list_archive", "notifications_archive"),
]


@pytest.mark.parametrize("generic", [False, True], ids=["custom", "generic"])
@pytest.mark.parametrize(("name", "index"), LISTS)
def test_a_page_reads_little_more_than_it_shows(
    big: psycopg.Connection[DictRow], explain: Callable[..., Plan], name: str, index: str, generic: bool
) -> None:
    for user, cursor in (
        (USUAL, None),
        (HEAVY, None),
        (HEAVY, middle_of(big, HEAVY)),
        ("nobody", None),
        (LONG_AGO, None),
    ):
        parameters = {"user_id": user, "unread": False, "event": None, "limit": 31, "cursor": cursor}
        plan = explain(name, parameters, generic=generic)
        assert plan.scans() == set()
        assert "notifications_unread" in plan.indexes  # the count
        assert index in plan.indexes
        # At most the capped unread count, and a page.
        assert plan.rows_read <= (1000 if user in (HEAVY, LONG_AGO) else 150)
        assert plan.buffers <= (1200 if user in (HEAVY, LONG_AGO) else 150)


@pytest.mark.parametrize("generic", [False, True], ids=["custom", "generic"])
@pytest.mark.parametrize(("name", "index"), LISTS)
def test_an_event_that_matches_nothing_reads_no_row(
    big: psycopg.Connection[DictRow], explain: Callable[..., Plan], name: str, index: str, generic: bool
) -> None:
    big.execute("VACUUM notifications")  # another test may have marked rows and rolled back
    parameters = {"unread": False, "event": "invoice", "limit": 31, "cursor": None}
    for user in (USUAL, HEAVY):
        plan = explain(f"{name}_by_event", {**parameters, "user_id": user}, generic=generic)
        assert plan.scans() == set()
        assert plan.indexes == {"notifications_unread", index, "notifications_pkey"}
        # 20,000 rows of the heavy person are on as many pages; their entries are on 200.
        assert plan.buffers <= (400 if user == HEAVY else 100)


@pytest.mark.parametrize("generic", [False, True], ids=["custom", "generic"])
@pytest.mark.parametrize(("name", "index"), LISTS)
def test_a_page_of_an_event_reads_only_its_own_rows(
    explain: Callable[..., Plan], name: str, index: str, generic: bool
) -> None:
    parameters = {"user_id": HEAVY, "unread": False, "event": "job", "limit": 31, "cursor": None}
    plan = explain(f"{name}_by_event", parameters, generic=generic)
    assert plan.scans() == set()
    assert index in plan.indexes
    assert plan.buffers <= 300  # the count, and some pages for each row


@pytest.mark.parametrize("generic", [False, True], ids=["custom", "generic"])
def test_the_unread_count_reads_at_most_a_thousand_entries(
    big: psycopg.Connection[DictRow], explain: Callable[..., Plan], generic: bool
) -> None:
    big.execute("VACUUM notifications")  # another test may have marked rows and rolled back
    explain("notifications/count_unread", {"user_id": "nobody"})  # the first call in a session reads the catalogue
    for user, most in ((HEAVY, 1000), (USUAL, 100), ("heavy_read", 10), ("nobody", 1)):
        plan = explain("notifications/count_unread", {"user_id": user}, generic=generic)
        assert plan.indexes == {"notifications_unread"}
        assert plan.rows_read <= most
        assert plan.buffers <= 40  # a thousand index entries are on few pages, and no row is read


@pytest.mark.parametrize("generic", [False, True], ids=["custom", "generic"])
@pytest.mark.parametrize(
    "name",
    [
        "notifications/list_feed",
        "notifications/list_unread",
        "notifications/list_archive",
        "notifications/count_unread",
        "notifications/mark_all_read",
    ],
)
def test_scheduled_notifications_are_not_read(explain: Callable[..., Plan], name: str, generic: bool) -> None:
    parameters = {"user_id": AHEAD, "unread": False, "event": None, "limit": 31, "cursor": None, "before": None}
    plan = explain(name, parameters, generic=generic)
    assert plan.scans() == set()
    assert plan.rows_read <= 10
    assert plan.buffers <= 40


def test_marking_one_notification_reads_one_row(big: psycopg.Connection[DictRow], explain: Callable[..., Plan]) -> None:
    parameters = {"id": middle_of(big, USUAL), "user_id": USUAL, "read": True, "archived": None}
    for generic in (False, True):
        plan = explain("notifications/mark_one", parameters, generic=generic)
        assert plan.indexes == {"notifications_pkey"}
        assert plan.rows_read == 1


def test_marking_all_reads_only_unread_notifications(explain: Callable[..., Plan]) -> None:
    for generic in (False, True):
        plan = explain("notifications/mark_all_read", {"user_id": USUAL, "before": None}, generic=generic)
        assert "notifications_unread" in plan.indexes
        assert plan.scans() == set()
        assert plan.rows_read <= 100


def test_undoing_it_reads_the_persons_own_feed(explain: Callable[..., Plan]) -> None:
    for generic in (False, True):
        parameters = {"user_id": USUAL, "read_at": "2026-01-01T00:00:00Z"}
        plan = explain("notifications/unmark_all", parameters, generic=generic)
        assert plan.indexes >= {"notifications_feed"}
        assert plan.scans() == set()


def test_the_delivery_history_of_a_notification_is_found_by_its_ids(
    big: psycopg.Connection[DictRow], explain: Callable[..., Plan]
) -> None:
    parameters = {"id": middle_of(big, HEAVY), "user_id": HEAVY, "producer": None}
    plan = explain("notifications/list_deliveries", parameters)
    assert plan.scans() == set()
    assert plan.rows_read == 1
    assert plan.buffers <= 60  # most of it is catalogue: the first call of a function in a session is parsed


def test_a_repeat_is_found_by_its_key(big: psycopg.Connection[DictRow]) -> None:
    """No plan shows the statements inside the function. The test counts the pages and tuples of one repeat."""
    row = big.execute(
        "SELECT user_id, idempotency_key AS key FROM notifications WHERE user_id = %s LIMIT 1", [HEAVY]
    ).fetchone()
    assert row
    content = {"event_name": "job.failed", "title": "T", "severity": "info"}
    parameters = {
        "content": json.dumps(content), "ids": [uuid7()], "user_ids": [row["user_id"]], "keys": [row["key"]],
        "keys_derived": True, "creator": "producer:billing", "content_hash": "-",
        "settings": RoutingSettings(email_from="a@example.com").for_event("job.failed"),
        "dispatch_ahead": 900,
    }  # fmt: skip
    with psycopg.ClientCursor(big) as cursor:
        repeat = cursor.mogrify(statement("notifications/create"), parameters)
        answer = cursor.execute(repeat.encode()).fetchone()
        assert answer
        assert json.loads(answer["answer"])["recipients"][0]["replayed"] is True
        assert carried_out(cursor, repeat).buffers <= 60
