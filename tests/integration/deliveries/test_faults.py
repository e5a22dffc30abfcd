"""Workers that die at the worst moment, databases that go away, and answers that come too late."""

import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from carillon.models.delivery import ClaimedDelivery
from devstack.machine.postgres import Postgres
from tests.support.delivery_states import check_repair
from tests.support.environment import free_port
from tests.support.flow import Flow

# A worker in its own process. It prints each step that it reaches, and waits at one step until it is killed.
CHILD = textwrap.dedent("""
    import sys, time
    from datetime import UTC, datetime
    from uuid import UUID

    from carillon.database.connection import Database
    from carillon.deliveries.batch import Message
    from carillon.deliveries.dispatch import Dispatcher
    from carillon.deliveries.worker import Worker
    from carillon.models.delivery import Outcome, OutcomeKind
    from carillon.settings import DeliverSettings

    seam, delivery_id = sys.argv[1:]

    def reached(name):
        print(name, file=sys.stderr, flush=True)
        if name == seam:
            sys.stdin.read()  # until killed

    class Provider:
        def send(self, delivery):
            reached("claimed")
            print("request sent", file=sys.stderr, flush=True)
            reached("accepted")
            return Outcome(OutcomeKind.SENT, provider_message_ids=("from-the-killed-worker",))

    class SlowDatabase(Database):
        def rows(self, name, parameters=None):
            rows = super().rows(name, parameters)
            if name == "deliveries/finish":
                reached("finished")
            return rows

    settings = DeliverSettings.load()
    database = SlowDatabase(settings)
    worker = Worker(settings, database, Dispatcher(settings, database), {"email": Provider()})
    worker.work([Message("id", "handle", 1, datetime.now(UTC), UUID(delivery_id))], time.monotonic() + 30)
""")


def kill_worker_at(seam: str, flow: Flow, delivery_id: UUID) -> int:
    """Run a worker, kill it at the step `seam`, and return the number of requests that it sent."""
    environment = os.environ | {
        "DATABASE_URL": flow.database_url,
        "QUEUE_URL": flow.settings.queue_url,
        "EMAIL_FROM": "no-reply@example.com",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, seam, str(delivery_id)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    ) as child:
        assert child.stderr is not None
        output: list[str] = []
        for line in child.stderr:
            output.append(line.strip())
            if line.strip() == seam:
                break
        child.kill()
    assert output[-1] == seam, output
    return output.count("request sent")


@pytest.mark.parametrize(("seam", "sent_before"), [("claimed", 0), ("accepted", 1)])
def test_a_worker_killed_before_the_finish_costs_at_most_one_resend(flow: Flow, seam: str, sent_before: int) -> None:
    """After the claim: sent once, later. After the send: one resend, and the delivery history counts it."""
    delivery_id = flow.one()

    assert kill_worker_at(seam, flow, delivery_id) == sent_before
    assert flow.row(delivery_id)["status"] == "sending"
    check_repair(flow, delivery_id)

    assert len(flow.provider.calls) == 1
    row = flow.row(delivery_id)
    assert (row["status"], row["attempts"], row["claim_no"]) == ("sent", 2, 2)
    assert flow.events(delivery_id) == ["claimed", "reset", "claimed", "sent"]
    assert [entry.get("code") for entry in row["history"]] == [None, "stuck", None, None]


def test_a_worker_killed_after_the_finish_leaves_nothing_to_do(flow: Flow) -> None:
    delivery_id = flow.one()

    assert kill_worker_at("finished", flow, delivery_id) == 1

    # Its message was never acknowledged, and SQS delivers it again.
    assert flow.work(delivery_id).counts == {"settled": 1}
    assert flow.row(delivery_id)["provider_message_ids"] == ["from-the-killed-worker"]
    assert flow.provider.calls == []


def test_an_hour_without_a_database_moves_no_message_into_the_dead_letter_queue(flow: Flow) -> None:
    delivery_id = flow.one()
    gone = f"postgresql://postgres@127.0.0.1:{free_port()}/carillon"
    flow.settings = flow.settings.model_copy(update={"database_url": gone})
    away = flow.new_worker()
    clock, receives = timedelta(0), 0
    received_within_the_hour = 0
    for receives in range(1, 6):  # maxReceiveCount: the sixth receive would move it
        message = flow.message(delivery_id, receive_count=receives)
        stranger = flow.message(None, receive_count=receives)
        flow.sqs.visibility.clear()

        worked = flow.work(message, stranger, worker=away)

        assert worked.reported == [message.message_id, stranger.message_id]
        assert worked.counts == {"claim_failed": 1}
        seconds = 900 * 2 ** (receives - 1)
        assert flow.sqs.visibility == [(message.receipt_handle, seconds), (stranger.receipt_handle, seconds)]
        received_within_the_hour += clock <= timedelta(hours=1)
        clock += timedelta(seconds=seconds)

    assert clock == timedelta(hours=7, minutes=45)
    assert received_within_the_hour == 3
    # The database is back: the message works like a new one.
    assert flow.work(flow.message(delivery_id, datetime.now(UTC) - timedelta(hours=1), 4)).counts == {"sent": 1}


@pytest.mark.parametrize(("receive_count", "seconds"), [(6, 28_800), (7, 43_200), (40, 43_200)])
def test_no_message_is_hidden_for_longer_than_sqs_allows(flow: Flow, receive_count: int, seconds: int) -> None:
    gone = f"postgresql://postgres@127.0.0.1:{free_port()}/carillon"
    flow.settings = flow.settings.model_copy(update={"database_url": gone})
    message = flow.message(UUID(int=1), receive_count=receive_count)

    flow.work(message, worker=flow.new_worker())

    assert flow.sqs.visibility == [(message.receipt_handle, seconds)]


def test_a_batch_is_reported_even_if_its_visibility_timeout_cannot_be_set(flow: Flow) -> None:
    gone = f"postgresql://postgres@127.0.0.1:{free_port()}/carillon"
    flow.settings = flow.settings.model_copy(update={"database_url": gone})
    flow.sqs.down = True
    message = flow.message(UUID(int=1))

    assert flow.work(message, worker=flow.new_worker()).reported == [message.message_id]


def test_after_an_outage_the_reaper_dispatches_the_deliveries_of_hidden_messages(flow: Flow) -> None:
    """An outage hides messages for hours. The reaper treats them as lost and dispatches their deliveries again."""
    delivery_id = flow.one()
    flow.pass_time(flow.reaper_settings.redispatch_after_seconds + 1)

    assert flow.reap()["redispatched"] == 1
    assert flow.sqs.sent == [(delivery_id, 0)]


@pytest.fixture
def own_flow(own_postgres: Postgres) -> Iterator[Flow]:
    """Yield a flow with its own server, which the test may stop."""
    with ExitStack() as stack:
        yield Flow(own_postgres.url(), stack)


def test_a_warm_worker_survives_a_database_that_goes_away_and_comes_back(
    own_flow: Flow, own_postgres: Postgres
) -> None:
    """One server, four outages: between batches, at the finish for a short and a long time, and after the claim."""
    flow = own_flow
    flow.person("alice")
    first, second, third, fourth = (each for _ in range(4) for each in flow.create())
    assert flow.work(first).counts == {"sent": 1}

    own_postgres.stop()
    own_postgres.start()
    assert flow.work(second).counts == {"sent": 1}

    back: list[threading.Thread] = []

    def away_for_a_while(delivery: ClaimedDelivery) -> None:
        own_postgres.stop()
        back.append(threading.Thread(target=own_postgres.start))
        back[0].start()

    flow.provider.during = away_for_a_while
    assert flow.work(third).counts == {"sent": 1}
    back[0].join(30)

    flow.provider.during = lambda _: own_postgres.stop()
    # The finish gives up one second before the invocation ends.
    flow.settings = flow.settings.model_copy(update={"send_timeout_seconds": 1, "connect_timeout_seconds": 1})
    hasty = flow.new_worker()
    worked = flow.work(fourth, seconds=4, worker=hasty)
    assert (worked.reported, worked.counts) == ([], {})  # acknowledged: the row has the result
    flow.provider.during = lambda _: None

    own_postgres.start()
    flow.db = flow.stack.enter_context(flow.connection())
    assert flow.row(fourth)["status"] == "sending"
    check_repair(flow, fourth)
    sends = [call.delivery_id for call in flow.provider.calls]
    assert sends == [first, second, third, fourth, fourth]
