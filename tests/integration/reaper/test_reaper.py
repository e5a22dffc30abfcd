"""The reaper: the deliveries that it resets and dispatches, its gauges, and concurrent runs."""

import io
import json
import math
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from carillon.database.connection import Database
from carillon.deliveries import maintenance
from carillon.deliveries.dispatch import Dispatcher
from carillon.errors import Unavailable
from carillon.models.delivery import Dispatch
from carillon.reaper import Reaper
from tests.support.delivery_states import STUCK, create_due, set_all
from tests.support.flow import Flow


@pytest.mark.parametrize(("age", "reset"), [(119, 0), (121, 1)])
def test_a_delivery_is_reset_after_the_stuck_threshold(flow: Flow, age: int, reset: int) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, f"status = 'sending', attempts = 1, locked_at = now() - interval '{age} seconds'")

    assert flow.reap()["stuck_reset"] == reset
    assert flow.row(delivery_id)["status"] == ("pending" if reset else "sending")


def test_each_reset_delivery_gets_its_own_delay(flow: Flow) -> None:
    create_due(flow, 60)
    set_all(flow, STUCK)

    assert flow.reap()["stuck_reset"] == 60

    delays = {row["id"]: (row["available_at"] - row["dispatched_at"]).total_seconds() for row in flow.rows()}
    assert all(0 <= delay <= 60 for delay in delays.values())
    assert len(set(delays.values())) == 60
    assert max(delays.values()) - min(delays.values()) > 30  # spread over time
    assert dict(flow.sqs.sent) == {delivery_id: math.ceil(delay) for delivery_id, delay in delays.items()}
    for row in flow.rows():
        assert (row["status"], row["attempts"], row["claim_no"], row["error_code"]) == ("pending", 1, 1, "stuck")
        assert row["history"][-1] | {"at": ""} == {"event": "reset", "at": "", "claim_no": 1, "code": "stuck"}


def test_a_stuck_delivery_without_attempts_left_fails_and_is_not_dispatched(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, STUCK)
    flow.set(delivery_id, "attempts = 5")

    assert flow.reap()["stuck_reset"] == 1

    row = flow.row(delivery_id)
    assert (row["status"], row["error_code"], row["permanent"]) == ("failed", "stuck", False)
    assert row["last_error"] == "The worker that claimed it never reported back."
    assert (row["locked_at"], row["finished_at"] is None) == (None, False)
    assert flow.sqs.sent == []
    # A message that is sent after the failure revives it, like any failed delivery.
    assert flow.work(delivery_id).counts == {"sent": 1}


def test_a_stuck_delivery_keeps_the_reason_that_its_worker_gave(flow: Flow) -> None:
    told, silent = create_due(flow, 2)
    flow.set(told, STUCK + """, last_error = 'SES is down', history = '[{"event": "unknown"}]'""")
    flow.set(silent, STUCK + """, last_error = 'of before', history = '[{"event": "claimed"}]'""")

    flow.reap()

    assert flow.row(told)["last_error"] == "SES is down"
    assert flow.row(silent)["last_error"] == "The worker that claimed it never reported back."
    assert flow.row(told)["error_code"] == flow.row(silent)["error_code"] == "stuck"


def test_concurrent_reapers_claim_each_delivery_once(flow: Flow) -> None:
    """Stuck, never dispatched and lost deliveries in small batches, so that the reapers compete for them."""
    ids = create_due(flow, 300)
    set_all(flow, STUCK)
    flow.db.execute(
        """
        UPDATE deliveries
        SET status = 'pending', locked_at = NULL, dispatched_at = NULL WHERE id = ANY (%s)
        """,
        [ids[:100]],
    )
    flow.db.execute(
        """
        UPDATE deliveries SET status = 'pending', locked_at = NULL,
            available_at = now() - interval '1 hour', dispatched_at = now() - interval '1 hour' WHERE id = ANY (%s)
        """,
        [ids[100:200]],
    )
    reapers = [flow.reaper(reaper_batch=7, reset_jitter_seconds=60) for _ in range(3)]

    with ThreadPoolExecutor(3) as pool:
        runs = [each.result(60) for each in [pool.submit(reaper.run, math.inf) for reaper in reapers]]
    # A reaper that finds only locked rows ends early: its next run processes them.
    flow.reap()

    assert sorted(delivery_id for delivery_id, _ in flow.sqs.sent) == sorted(ids)
    assert sum(run["failed_steps"] for run in runs) == 0
    assert {row["status"] for row in flow.rows()} == {"pending"}


class Dying(Exception):
    """The end of the reaper's process."""


class DyingDispatcher(Dispatcher):
    """Dies after the rows were marked and before the request to SQS."""

    def dispatch(self, due: Any) -> int:
        if due:
            raise Dying
        return 0


LONG_AGO = "now() - interval '1 hour'"


@pytest.mark.parametrize(
    "state", [STUCK, "dispatched_at = NULL", f"dispatched_at = {LONG_AGO}, available_at = {LONG_AGO}"]
)
def test_a_reaper_that_dies_within_a_step_loses_nothing(flow: Flow, state: str) -> None:
    """It dies between the row and the queue. After 2 minutes the row counts as lost, and is dispatched again."""
    delivery_id = flow.one()
    flow.set(delivery_id, state)
    database = flow.database()
    dying = Reaper(flow.reaper_settings, database, DyingDispatcher(flow.reaper_settings, database, flow.sqs), flow.sqs)
    assert dying.run(math.inf)["failed_steps"] == 1
    assert flow.sqs.sent == []
    assert flow.row(delivery_id)["dispatched_at"] is not None

    flow.pass_time(60 + flow.reaper_settings.redispatch_after_seconds + 1)
    flow.reap()

    assert flow.sqs.sent == [(delivery_id, 0)]
    assert flow.work(delivery_id).counts == {"sent": 1}


@pytest.mark.parametrize(
    ("failing", "step"),
    [
        ("deliveries/reset_stuck", "reset"),
        ("deliveries/take_undispatched", "dispatch"),
        ("deliveries/take_lost", "redispatch"),
        ("deliveries/prune", "prune"),
        ("deliveries/prune_rate_limits", "prune_rate_limits"),
        ("devices/take_silent", "forget_devices"),
        ("deliveries/read_gauges", "gauges"),
    ],
)
def test_one_failing_step_does_not_stop_the_others(
    flow: Flow, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch, failing: str, step: str
) -> None:
    stuck, never, lost = create_due(flow, 3)
    flow.set(stuck, STUCK)
    flow.set(never, "dispatched_at = NULL")
    flow.set(lost, "dispatched_at = now() - interval '1 hour', available_at = now() - interval '1 hour'")
    flow.db.execute("INSERT INTO rate_limits (user_id, used_at) VALUES ('alice', now() - interval '3 hours')")
    run = Database._run

    def fail(self: Database, name: str, parameters: Any) -> Any:
        if name == failing:
            raise Unavailable
        return run(self, name, parameters)

    monkeypatch.setattr(Database, "_run", fail)

    published = flow.reap()

    assert published["failed_steps"] == 1
    [line] = [line for line in map(json.loads, logs.getvalue().splitlines()) if line["message"] == "reaper_step_failed"]
    assert (line["step"], line["error"]) == (step, "unavailable")
    done = {
        "reset": published.get("stuck_reset"),
        "dispatch": published.get("dispatched"),
        "redispatch": published.get("redispatched"),
        "prune_rate_limits": published.get("rate_limits_pruned"),
        "gauges": published.get("pending") and 1,
    }
    assert done == {name: None if name == step else 1 for name in done}


def test_the_gauges_count_pending_and_failed_deliveries(flow: Flow) -> None:
    ids = create_due(flow, 8)
    flow.set(ids[0], "available_at = now() + interval '1 hour'")
    flow.set(ids[1], "available_at = now() - interval '90 seconds'")
    flow.set(ids[2], "status = 'failed', finished_at = now(), permanent = true")
    flow.set(ids[3], "status = 'failed', finished_at = now()")
    flow.set(ids[4], "status = 'sent', finished_at = now()")
    flow.set(ids[5], "status = 'skipped', finished_at = now()")
    flow.set(ids[6], "status = 'sending', locked_at = now()")
    flow.sqs.waiting = 8

    published = flow.reap()

    assert (published["pending"], published["due"]) == (3, 2)
    assert (published["failed"], published["failed_permanently"]) == (2, 1)
    assert 90 <= published["oldest_due_seconds"] < 100


def test_the_gauges_of_an_empty_table_and_without_late_deliveries(flow: Flow) -> None:
    empty = maintenance.read_gauges(flow.database())
    assert empty == maintenance.Gauges(pending=0, due=0, failed=0, failed_permanently=0, oldest_due_seconds=0)
    delivery_id = flow.one()
    flow.set(delivery_id, "available_at = now() + interval '1 hour'")

    waiting = maintenance.read_gauges(flow.database())

    assert waiting == maintenance.Gauges(pending=1, due=0, failed=0, failed_permanently=0, oldest_due_seconds=0)


def test_a_run_without_time_left_starts_no_step(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, STUCK)

    published = flow.reaper().run(-math.inf)

    assert (published["stuck_reset"], published["pruned"]) == (0, 0)
    assert flow.row(delivery_id)["status"] == "sending"


def test_a_message_that_sqs_delivers_after_a_lost_answer_does_no_harm(flow: Flow) -> None:
    """The row is marked as not dispatched, but its message exists and sends it. The reaper finds it sent."""
    delivery_id = flow.one()
    dispatcher = Dispatcher(flow.settings, flow.database(), flow.sqs)
    flow.sqs.refused = {delivery_id}
    assert dispatcher.dispatch([Dispatch(delivery_id=delivery_id)]) == 0
    assert flow.row(delivery_id)["dispatched_at"] is None

    assert flow.work(delivery_id).counts == {"sent": 1}
    assert flow.reap()["dispatched"] == 0
