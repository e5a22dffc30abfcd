"""Pruning: a delivery is deleted with its last notification, and a pending one is never deleted."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from carillon.deliveries import pruning
from tests.support.aged_notifications import count_rows, create_old
from tests.support.flow import Flow
from tests.support.lock_waits import wait_for_lock_waiter


@pytest.mark.parametrize(("days", "pruned"), [(364.9, 0), (365.1, 1)])
@pytest.mark.parametrize("status", ["sent", "failed", "skipped"])
def test_a_notification_is_pruned_after_its_retention_read_or_not(
    flow: Flow, days: float, pruned: int, status: str
) -> None:
    create_old(flow, days=days, status=status)

    assert flow.reap()["pruned"] == pruned
    assert count_rows(flow) == (1 - pruned,) * 3


def test_the_retention_is_a_setting(flow: Flow) -> None:
    create_old(flow, days=31)

    assert flow.reap(retention_days=30)["pruned"] == 1


@pytest.mark.parametrize("status", ["pending", "sending"])
def test_a_notification_with_an_unfinished_delivery_is_kept(flow: Flow, status: str) -> None:
    create_old(flow, status=status)
    flow.sqs.waiting = 10

    assert flow.reap()["pruned"] == 0
    assert count_rows(flow) == (1, 1, 1)


def test_an_unfinished_delivery_does_not_block_the_pruning_of_later_ones(flow: Flow) -> None:
    for _ in range(5):
        create_old(flow, status="sending", days=400)
    create_old(flow, days=370)

    assert flow.reap(reaper_batch=2)["pruned"] == 1
    assert count_rows(flow) == (5, 5, 5)


def test_the_next_run_begins_at_the_first_notification_that_is_left(flow: Flow) -> None:
    ids = sorted(create_old(flow, days=400 - number)[0] for number in range(5))
    waiting, delivery_id = create_old(flow, status="pending", days=390)
    later = sorted(create_old(flow, days=380 - number)[0] for number in range(3))
    create_old(flow, days=3)

    assert flow.reap(reaper_batch=2)["pruned"] == len(ids) + len(later)
    assert start_of_next_run(flow) == waiting

    flow.set(delivery_id, "status = 'sent', finished_at = now()")
    assert flow.reap(reaper_batch=2)["pruned"] == 1
    assert start_of_next_run(flow) == waiting  # the last one that was deleted
    assert flow.reap()["pruned"] == 0
    assert count_rows(flow) == (1, 1, 1)


def start_of_next_run(flow: Flow) -> UUID:
    row = flow.db.execute("SELECT up_to FROM pruned").fetchone()
    assert row is not None
    return row["up_to"]


def test_a_batch_reads_no_page_of_what_was_deleted_before_even_while_a_backup_runs(flow: Flow) -> None:
    """The deleted rows stay for the snapshot of the backup. A batch must not walk through their index entries."""
    flow.db.execute(FILL)
    backup = flow.stack.enter_context(flow.connection())
    backup.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    backup.execute("SELECT FROM pruned")
    flow.db.execute("ANALYZE notifications")
    pages_to_find_one(flow)  # reads the catalogue, too
    first = pages_to_find_one(flow)
    for _ in range(20):
        assert pruning.prune(flow.database(), flow.reaper_settings.model_copy(update={"reaper_batch": 200})).deleted
    assert pages_to_find_one(flow) <= first + 2


FILL = b"""
    INSERT INTO notifications (
        id, user_id, created_by, event_name, title, severity, request_hash, in_app, routing, created_at, updated_at
    )
    SELECT
        overlay(uuidv7_floor(made_at)::text PLACING right(gen_random_uuid()::text, 12) FROM 25)::uuid,
        'user-' || mod(n, 500), 'producer:billing', 'invoice.paid', 'Paid', 'info', '', true, '{}', made_at, made_at
    FROM generate_series(1, 8000) AS n
    CROSS JOIN LATERAL (SELECT now() - interval '400 days' + n * interval '1 minute' AS made_at) AS moment
"""


def pages_to_find_one(flow: Flow) -> int:
    """Return how many pages are read to find the next notification to prune."""
    prune = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT lock_old(now() - interval '365 days', 1)"
    row = flow.db.execute(prune.encode()).fetchone()
    assert row is not None
    [explained] = row["QUERY PLAN"]
    return explained["Plan"]["Shared Hit Blocks"] + explained["Plan"]["Shared Read Blocks"]


def test_a_delivery_is_deleted_with_its_last_item_and_not_before(flow: Flow) -> None:
    _, delivery_id = create_old(flow)
    _, other = create_old(flow, days=30)
    flow.db.execute("UPDATE delivery_items SET delivery_id = %s WHERE delivery_id = %s", [delivery_id, other])
    flow.db.execute("DELETE FROM deliveries WHERE id = %s", [other])

    assert flow.reap()["pruned"] == 1
    assert count_rows(flow) == (1, 1, 1)

    assert flow.reap(retention_days=29)["pruned"] == 1
    assert count_rows(flow) == (0, 0, 0)


def test_a_notification_without_a_delivery_is_pruned_too(flow: Flow) -> None:
    _, delivery_id = create_old(flow)
    flow.db.execute("DELETE FROM deliveries WHERE id = %s", [delivery_id])

    assert flow.reap()["pruned"] == 1
    assert count_rows(flow) == (0, 0, 0)


def test_pruning_works_in_batches(flow: Flow) -> None:
    for _ in range(7):
        create_old(flow)

    assert flow.reap(reaper_batch=3)["pruned"] == 7
    assert count_rows(flow) == (0, 0, 0)


def test_of_two_prunes_that_share_a_digest_the_second_deletes_the_delivery(flow: Flow) -> None:
    _, delivery_id = create_old(flow)
    _, other = create_old(flow)
    flow.db.execute("UPDATE delivery_items SET delivery_id = %s WHERE delivery_id = %s", [delivery_id, other])
    flow.db.execute("DELETE FROM deliveries WHERE id = %s", [other])
    one = flow.stack.enter_context(flow.connection())
    prune = "SELECT deleted FROM prune(now() - interval '365 days', 1, '{}')"
    one.execute("BEGIN")
    one.execute(prune.encode())  # locks one of the two notifications, and the delivery

    with ThreadPoolExecutor(1) as pool:
        two = pool.submit(flow.stack.enter_context(flow.connection()).execute, prune.encode())
        wait_for_lock_waiter(flow)
        one.execute("COMMIT")
        assert two.result(10).fetchall() == [{"deleted": 1}]

    assert count_rows(flow) == (0, 0, 0)


def test_concurrent_prunes_erasures_and_claims_neither_deadlock_nor_leave_rows(flow: Flow) -> None:
    people = [f"user-{number}" for number in range(12)]
    for _ in range(6):
        for user_id in people:
            _, first = create_old(flow, user_id)
            _, second = create_old(flow, user_id, status="failed")
            # A digest of two: each prune may lock one of its notifications.
            flow.db.execute("UPDATE delivery_items SET delivery_id = %s WHERE delivery_id = %s", [second, first])
            flow.db.execute("DELETE FROM deliveries WHERE id = %s", [first])
    failed = [row["id"] for row in flow.rows()]
    barrier = threading.Barrier(4)

    def prune() -> int:
        database = flow.database()
        settings = flow.reaper_settings.model_copy(update={"reaper_batch": 5})
        barrier.wait(10)
        total = 0
        while done := pruning.prune(database, settings).deleted:
            total += done
        return total

    def erase() -> int:
        database = flow.database()
        barrier.wait(10)
        for user_id in reversed(people):
            flow.erase(user_id, database)
        return 0

    def replay() -> int:
        worker = flow.new_worker()
        barrier.wait(10)
        for start in range(0, len(failed), 10):
            flow.work(*failed[start : start + 10], worker=worker)
        return 0

    with ThreadPoolExecutor(4) as pool:
        runs = [pool.submit(each) for each in (prune, prune, erase, replay)]
        assert sum(run.result(60) for run in runs) <= 144

    assert flow.db.execute(
        "SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()"
    ).fetchone() == {"n": 0}
    assert count_rows(flow) == (0, 0, 0)


def test_a_replay_that_is_claimed_while_a_prune_waits_keeps_its_row(flow: Flow) -> None:
    _, delivery_id = create_old(flow, status="failed")
    flow.set(delivery_id, "finished_at = now() - interval '1 day'")
    flow.person()
    with flow.connection() as other, ThreadPoolExecutor(1) as pool:
        with other.transaction():
            other.execute("SELECT FROM deliveries WHERE id = %s FOR UPDATE", [delivery_id])
            waiting = pool.submit(pruning.prune, flow.database(), flow.reaper_settings)
            wait_for_lock_waiter(flow)
            # Like the claim of a replay.
            other.execute(
                """
                UPDATE deliveries SET status = 'sending', finished_at = NULL, locked_at = now()
                WHERE id = %s
                """,
                [delivery_id],
            )
        assert waiting.result(30).deleted == 0
    assert flow.row(delivery_id)["status"] == "sending"
    assert count_rows(flow) == (1, 1, 1)


def test_old_rows_of_the_rate_limits_are_deleted(flow: Flow) -> None:
    for hours in (0, 1, 3, 24):
        flow.db.execute(
            "INSERT INTO rate_limits (user_id, used_at) VALUES (%s, now() - %s)",
            [f"user-{hours}", timedelta(hours=hours)],
        )

    assert flow.reap(reaper_batch=1)["rate_limits_pruned"] == 2
    kept = flow.db.execute("SELECT user_id FROM rate_limits ORDER BY used_at DESC")
    assert kept.fetchall() == [{"user_id": "user-0"}, {"user_id": "user-1"}]
