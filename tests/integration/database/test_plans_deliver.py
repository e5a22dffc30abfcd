"""The plans of the statements of deliver on a large table: they use indexes and read few rows.

auto_explain reports the statements inside SQL functions. Debian's PostgreSQL has it, the embedded one has not.
"""

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb

from carillon.database.connection import statement
from carillon.database.migrations import migrate
from carillon.settings.groups import ReputationSettings
from carillon.settings.routing import RoutingSettings
from devstack.machine.postgres import THROWAWAY, Postgres
from tests.support.environment import RUN_DIR, free_port
from tests.support.paths import ROOT
from tests.support.plans import Big, Explained
from tests.support.provider_events import email_event, push_failure
from tests.support.provider_states import events

DEBIAN = Path("/usr/lib/postgresql/15")
SETTINGS = RoutingSettings(email_from="a@example.com", fcm_application_arn="arn", default_email="all")

pytestmark = pytest.mark.skipif(
    not (DEBIAN / "lib" / "auto_explain.so").exists(), reason="auto_explain is not installed (postgresql-15)"
)

NO_NEWS = {"dispatch_ahead": 900, "reports": Jsonb([])}
LIMITS = ReputationSettings().limits_for_sql()
FILL = (ROOT / "tests" / "support" / "fill_deliveries.sql").read_text()
PEOPLE = """
INSERT INTO recipients (user_id, email, updated_at)
SELECT 'user-' || n, 'user-' || n || '@example.com', now() FROM generate_series(0, 19999) AS n
"""
LIMITED = """
INSERT INTO rate_limits (user_id, used_at)
SELECT 'user-' || n, now() - n * interval '1 second' FROM generate_series(1, 20000) AS n
"""


@pytest.fixture
def big(large_database: psycopg.Connection[DictRow]) -> Big:
    return Big(large_database)


@pytest.fixture(scope="module")
def large_database() -> Iterator[psycopg.Connection[DictRow]]:
    folder = Path(os.environ[RUN_DIR], f"plans-{uuid.uuid4().hex}")
    server = Postgres(folder, port=free_port(), bin_dir=DEBIAN / "bin", config=THROWAWAY)
    server.start()
    try:
        server.create_database("carillon")
        with psycopg.Connection[DictRow].connect(
            server.url(), autocommit=True, prepare_threshold=None, row_factory=dict_row
        ) as connection:
            migrate(connection)
            connection.execute("LOAD 'auto_explain'")
            for name, value in {
                "log_min_duration": "-1", "log_nested_statements": "on", "log_format": "json",
                "log_analyze": "on", "log_timing": "off",
            }.items():  # fmt: skip
                connection.execute(f"SET auto_explain.{name} = '{value}'".encode())
            connection.execute(PEOPLE)
            fill(connection, 1, 200_000, "sent")
            connection.execute("VACUUM ANALYZE")
            yield connection
    finally:
        server.stop()


def fill(connection: psycopg.Connection[DictRow], first: int, last: int, status: str) -> None:
    for part in FILL.split(";")[:-1]:
        used = {name: value for name, value in {"first": first, "last": last, "status": status}.items()
                if f"%({name})s" in part}  # fmt: skip
        connection.execute(part.encode(), used)


def results(ids: list[Any]) -> Jsonb:
    return Jsonb([
        {"delivery_id": str(each), "claim_no": 0, "event": "retry", "next_status": "pending", "delay_seconds": 60.0,
         "give_back": False, "permanent": False, "code": "code", "detail": "detail", "provider_message_ids": [],
         "gone_device_ids": []}
        for each in ids
    ])  # fmt: skip


def claim(big: Big, ids: list[Any]) -> Explained:
    parameters = {
        "ids": ids,
        "sent_at": [datetime.now(UTC)] * len(ids),
        "settings": SETTINGS.for_all_events,
        "early": 5,
    }
    return big.explain("deliveries/claim", parameters)


def all_bounded(big: Big, due: int = 0) -> None:
    """Check the statements that name their rows or claim a batch, each with a limit of rows that it may read.

    The reset of stuck deliveries reads all that are due, as the gauges do: docs/decisions.md, D-088.
    """
    claim(big, big.ids("pending") + big.ids("failed") + big.ids("sent")).reads_at_most(60)
    finished = big.explain("deliveries/finish", {"results": results(big.ids("sending"))} | NO_NEWS)
    finished.reads_at_most(60)
    big.explain("deliveries/undispatch", {"ids": big.ids("pending", 50)}).reads_at_most(100)
    stuck = big.explain("deliveries/reset_stuck", {"stuck_after": 10, "batch": 50, "jitter": 60})
    stuck.reads_at_most(due + 2_000 if due else 120)  # dead entries of the index count, too
    assert "deliveries_due" in stuck.indexes
    take = {"messages": 20, "redispatch_after": 10, "batch": 30}
    lost = big.explain("deliveries/take_lost", take)
    lost.reads_at_most(120)
    assert "deliveries_due" in lost.indexes
    with big.undone():
        big.connection.execute(
            "UPDATE deliveries SET dispatched_at = NULL WHERE id = ANY (%s)", [big.ids("pending", 20)]
        )
        undispatched = big.explain("deliveries/take_undispatched", {"ahead": 60, "batch": 50})
        undispatched.reads_at_most(120)
        assert "deliveries_undispatched" in undispatched.indexes


def test_plans_when_most_deliveries_are_finished(big: Big) -> None:
    for _ in big.in_both_modes():
        all_bounded(big)


def prune(big: Big, retention_days: int, audit: list[str]) -> Explained:
    parameters = {"retention_days": retention_days, "batch": 100, "audit": audit}
    return big.explain("deliveries/prune", parameters)


def test_pruning_reads_little_more_than_it_deletes(big: Big) -> None:
    for _ in big.in_both_modes():
        prune(big, 359, ["security"]).reads_at_most(500)
        prune(big, 359, ["invoice"]).reads_at_most(500)
        # No notification is old enough.
        prune(big, 365, []).reads_at_most(10)


def test_pruning_does_not_read_kept_notifications(big: Big) -> None:
    with big.undone():
        ten_days = "id < uuidv7_floor(now() - interval '350 days')"
        big.connection.execute(f"UPDATE notifications SET kept = true WHERE {ten_days}".encode())
        big.connection.execute("ANALYZE notifications")
        parameters = {"retention_days": 350, "batch": 100, "audit": []}
        big.connection.execute(statement("deliveries/prune"), parameters)  # moves the start of the next run
        for _ in big.in_both_modes():
            prune(big, 350, []).reads_at_most(10)
            prune(big, 349, []).reads_at_most(500)


def test_a_person_is_erased_by_indexes(big: Big) -> None:
    with big.undone():
        hidden = "mod(get_byte(uuid_send(id), 15), 3) = 0"
        big.connection.execute(f"UPDATE notifications SET in_app = false WHERE {hidden}".encode())
        big.connection.execute(LIMITED)
        big.connection.execute("ANALYZE notifications, rate_limits")
        for _ in big.in_both_modes():
            erasure = {"user_id": "user-77", "receipt": uuid.uuid4(), "person": "sha256:0", "requester": "tests"}
            big.explain("people/erase", erasure).reads_at_most(31)  # ten of these rows are the person's


def test_a_retraction_finds_its_notification_by_id_and_by_key(big: Big) -> None:
    with big.undone():
        [found] = big.connection.execute(
            "UPDATE notifications SET idempotency_key = id::text WHERE user_id = 'user-77' RETURNING id, created_by"
        ).fetchmany(1)
        names = {"id": found["id"], "user_id": None, "key": None, "creator": found["created_by"]}
        by_key = names | {"id": None, "user_id": "user-77", "key": str(found["id"])}
        for _ in big.in_both_modes():
            big.explain("notifications/retract", names).reads_at_most(5)
            big.explain("notifications/retract", by_key).reads_at_most(5)


def test_the_gauges_use_the_indexes_of_pending_and_failed_deliveries(big: Big) -> None:
    gauges = big.explain("deliveries/read_gauges", {})
    gauges.reads_at_most(200)
    assert gauges.indexes == {"deliveries_due", "deliveries_failed"}


def test_rate_limit_windows_are_found_by_their_age(big: Big) -> None:
    with big.undone():
        big.connection.execute(LIMITED)
        big.connection.execute("ANALYZE rate_limits")
        big.explain("deliveries/prune_rate_limits", {"batch": 50}).reads_at_most(100)
        big.connection.execute("UPDATE rate_limits SET used_at = now()")
        big.connection.execute("ANALYZE rate_limits")
        no_idle = big.explain("deliveries/prune_rate_limits", {"batch": 50})
        no_idle.reads_at_most(0)
        assert "rate_limits_used" in no_idle.indexes


def test_plans_with_a_backlog_of_100_000(big: Big) -> None:
    """The planner expects 60 pending rows at first. After ANALYZE it knows that a third of the table is pending."""
    with big.undone():
        fill(big.connection, 200_001, 300_000, "pending")
        for _ in big.in_both_modes():
            all_bounded(big, due=100_000)
        big.connection.execute("ANALYZE")
        for _ in big.in_both_modes():
            all_bounded(big, due=100_000)


def test_deliveries_are_checked_for_pauses_by_their_ids_whatever_join_the_planner_takes(big: Big) -> None:
    """With digests of many items, the planner sorts and merges instead of looking up row by row."""
    with big.undone():
        big.connection.execute("SET LOCAL enable_nestloop = off; SET LOCAL enable_seqscan = off")
        query, ids = b"SELECT due_deliveries(%(ids)s, now())", big.ids("pending")
        for _ in big.in_both_modes():
            big.explain_query(query, {"ids": ids}).reads_at_most(60)


def test_a_finish_under_a_load_that_the_statistics_do_not_show(big: Big) -> None:
    """The planner expects no delivery in the state sending; there are 20,000."""
    with big.undone():
        moving = "UPDATE deliveries SET status = 'pending', locked_at = NULL WHERE status = 'sending'"
        big.connection.execute(moving.encode())
        big.connection.execute("ANALYZE deliveries")
        fill(big.connection, 200_001, 220_000, "sending")
        for _ in big.in_both_modes():
            parameters = {"results": results(big.ids("sending", 10))} | NO_NEWS
            big.explain("deliveries/finish", parameters).reads_at_most(30)


def record(big: Big, *feedback: dict[str, Any]) -> Explained:
    listed = Jsonb([event.for_sql(position) for position, event in enumerate(events(*feedback))])
    return big.explain("feedback/record", {"events": listed, "limits": Jsonb(LIMITS)})


def test_provider_events_find_their_deliveries_by_id_and_by_the_index_of_pushes(big: Big) -> None:
    with big.undone():
        fill(big.connection, 300_001, 320_000, "pending")
        pushes = "status = 'sent', finished_at = now(), channel = 'push', provider_message_ids = ARRAY[id::text]"
        pushed = big.connection.execute(
            f"UPDATE deliveries SET {pushes} WHERE created_at > now() RETURNING id".encode()
        ).fetchmany(30)
        big.connection.execute("ANALYZE deliveries")
        bounced = [email_event("provider-bounce-permanent", each) for each in big.ids("sending", 30)]
        for _ in big.in_both_modes():
            record(big, *bounced).reads_at_most(60)
            record(big, *(push_failure(str(each["id"]), "arn") for each in pushed)).reads_at_most(200)
