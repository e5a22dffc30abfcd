"""The work of create, claim and finish in the server: index lookups and rows written, by table.

A count needs no clock. If a change makes one of them look something up twice, or for each person what it could read
once, a number here grows.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest

from carillon.database.connection import Database
from carillon.deliveries import store
from carillon.models.delivery import Outcome, OutcomeKind
from carillon.models.new_notification import NewNotification
from carillon.notifications import record
from tests.support.flow import PRODUCER, Flow

Work = dict[str, tuple[int, int, int]]  # by table: lookups by an index, rows inserted, rows updated

COUNTS = """
    SELECT relname, coalesce(idx_scan, 0) AS lookups, n_tup_ins AS inserted, n_tup_upd AS updated, seq_scan
    FROM pg_stat_xact_user_tables
    WHERE coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd + seq_scan > 0
"""
PEOPLE = 20
SMALL = {"signing_keys"}  # never more than a few rows, and no index has their order


@pytest.fixture
def people(flow: Flow) -> list[str]:
    names = [f"person-{number:02}" for number in range(PEOPLE)]
    for name in names:
        flow.person(name, devices=1)
    return names


@contextmanager
def counted(database: Database) -> Generator[Callable[[], Work]]:
    """Open a transaction on the database's connection, in which each statement counts from zero."""
    database.check()
    connection = database._connection
    assert connection is not None

    def counts() -> dict[str, tuple[int, int, int, int]]:
        rows = connection.execute(COUNTS).fetchall()
        return {row["relname"]: (row["lookups"], row["inserted"], row["updated"], row["seq_scan"]) for row in rows}

    with connection.transaction(force_rollback=True):
        before = counts()

        def done() -> Work:
            nonlocal before
            after, earlier = counts(), before
            before = after
            work: Work = {}
            for table, row in after.items():
                lookups, inserted, updated, scans = (
                    now - then for now, then in zip(row, earlier.get(table, (0, 0, 0, 0)), strict=True)
                )
                assert not scans or table in SMALL, f"{table} is read from its begin to its end"
                if lookups or inserted or updated:
                    work[table] = (lookups, inserted, updated)
            return work

        yield done


def create(database: Database, flow: Flow, people: list[str], severity: str) -> list[UUID]:
    new = NewNotification.model_validate(
        {"event_name": "job.failed", "title": "A job failed", "severity": severity, "user_ids": people}
    )
    created = record.create(database, flow.create_settings, PRODUCER, new, None)
    return [each.delivery_id for each in created.dispatch]


# Routing reads this about each person.
PERSON: Work = {"recipients": (1, 0, 0), "preferences": (1, 0, 0), "suppressions": (1, 0, 0), "devices": (1, 0, 0)}
# For each person. The checks of a foreign key and of an idempotency key are lookups.
WORK: dict[str, Work] = {
    "nothing routed": {**PERSON, "notifications": (1, 1, 0)},
    "critical": {
        **PERSON, "rate_limits": (1, 1, 0), "notifications": (3, 1, 0), "delivery_items": (0, 2, 0),
        "deliveries": (4, 2, 0),  # on each channel: how many opened in the minute, and a foreign key
    },
    "claim": {
        "preferences": (1, 0, 0), "suppressions": (1, 0, 0), "devices": (2, 0, 0), "recipients": (4, 0, 0),
        "notifications": (5, 0, 0), "delivery_items": (4, 0, 0), "deliveries": (10, 0, 2),
    },
    "finish": {"deliveries": (6, 0, 2)},
    "digest opened": {
        **PERSON, "rate_limits": (1, 0, 0), "notifications": (3, 1, 0), "delivery_items": (0, 2, 0),
        "deliveries": (8, 2, 0),
    },
    "digest joined": {
        **PERSON, "rate_limits": (1, 0, 0), "notifications": (3, 1, 0), "delivery_items": (0, 2, 0),
        "deliveries": (4, 0, 0),  # on each channel: the open digest, and a foreign key
    },
}  # fmt: skip
ONCE = {"pauses": 1, "send_rates": 2, "deliveries": 2}  # lookups for the whole batch


def check(name: str, done: Work, count: int) -> None:
    """Compare the work of a statement for so many people with its table."""
    for table in {*done, *WORK[name]}:
        lookups, inserted, updated = done.get(table, (0, 0, 0))
        each = WORK[name].get(table, (0, 0, 0))
        assert lookups <= each[0] * count + ONCE.get(table, 0), (name, table, lookups)
        assert (inserted, updated) == (each[1] * count, each[2] * count), (name, table)


@pytest.mark.parametrize("count", [1, PEOPLE])
def test_the_work_of_a_statement_is_that_for_one_person_times_their_number(
    flow: Flow, people: list[str], count: int
) -> None:
    database = flow.database()
    with counted(database) as done:
        ids = create(database, flow, people[:count], "critical")
        check("critical", done(), count)
        claims = store.claim(database, flow.settings, dict.fromkeys(ids, datetime.now(UTC)))
        check("claim", done(), count)
        claimed = [each.delivery for each in claims if each.delivery is not None]
        assert len(claimed) == 2 * count
        sent = [(each, Outcome(OutcomeKind.SENT, provider_message_ids=("message",))) for each in claimed]
        store.finish(database, flow.settings, sent, deadline=0)
        check("finish", done(), count)
        create(database, flow, people[:count], "info")
        check("nothing routed", done(), count)
        for name in ("digest opened", "digest joined"):
            create(database, flow, people[:count], "warning")
            check(name, done(), count)
