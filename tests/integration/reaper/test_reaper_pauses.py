"""The reaper deletes ended pauses of operators, and no others."""

from concurrent.futures import ThreadPoolExecutor

from psycopg.types.json import Jsonb

from carillon.database.connection import statement
from tests.support.flow import Flow
from tests.support.lock_waits import wait_for_lock_waiter

PAUSE = "INSERT INTO pauses (channel, event, automatic, until) VALUES (%s, %s, %s, now() + %s::interval)"
PAUSED = "SELECT event FROM pauses ORDER BY event"


def test_ended_pauses_are_deleted_in_batches_and_pauses_of_the_circuit_breaker_stay(flow: Flow) -> None:
    for number in range(7):
        flow.db.execute(PAUSE, [None, f"job_{number}", False, "-1 second"])
    flow.db.execute(PAUSE, [None, "invoice", False, "1 hour"])
    flow.db.execute(PAUSE, ["email", None, True, "-1 hour"])  # waits for the result of its probe

    assert flow.reap(reaper_batch=3)["pauses_ended"] == 7

    assert flow.db.execute(PAUSED).fetchall() == [{"event": "invoice"}, {"event": None}]
    assert flow.reap()["pauses_ended"] == 0


def test_a_pause_that_is_prolonged_meanwhile_stays(flow: Flow) -> None:
    flow.db.execute(PAUSE, [None, "job", False, "-1 second"])
    operator = flow.stack.enter_context(flow.connection())
    with operator.transaction():
        operator.execute("UPDATE pauses SET until = now() + interval '1 hour'")
        assert flow.reap()["pauses_ended"] == 0  # without waiting for a lock
    assert flow.reap()["pauses_ended"] == 0


def test_a_pause_that_is_created_again_meanwhile_stays(flow: Flow) -> None:
    flow.db.execute(PAUSE, [None, "job", False, "-1 second"])
    again = {"event": "job", "minutes": 60, "operator": "tests", "log": Jsonb({})}
    again |= {"channel": None, "spare_critical": False, "reason": None}
    reaper = flow.stack.enter_context(flow.connection())
    with ThreadPoolExecutor(1) as pool, reaper.transaction():
        reaper.execute(statement("deliveries/delete_ended_pauses"), {"batch": 10})
        pausing = pool.submit(flow.database().rows, "operations/pause", again)
        wait_for_lock_waiter(flow, pausing)
    assert pausing.result()[0]["event"] == "job"
    assert flow.reap()["pauses_ended"] == 0
    assert flow.db.execute(PAUSED).fetchall() == [{"event": "job"}]
