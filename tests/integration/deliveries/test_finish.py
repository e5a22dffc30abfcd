"""The finish: only the current claim may write, and the answer of the finish may be lost."""

import io
import json
from typing import Any
from uuid import UUID

import pytest

from carillon.deliveries import store
from carillon.models.delivery import ClaimedDelivery, Outcome, OutcomeKind
from tests.support.flow import Flow, failing


def logged(logs: io.StringIO, event: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, logs.getvalue().splitlines()) if line["message"] == event]


def lose_the_lease(flow: Flow, delivery_id: UUID) -> None:
    """Let the reaper reset the delivery, and wait until its new delay has passed."""
    flow.pass_time(flow.settings.stuck_after_seconds + 1)
    assert flow.reap()["stuck_reset"] == 1
    flow.pass_time(flow.reaper_settings.reset_jitter_seconds)


LATE = [
    Outcome(OutcomeKind.SENT, provider_message_ids=("late",)),
    failing(OutcomeKind.RETRY),
    failing(OutcomeKind.THROTTLED),
    failing(OutcomeKind.REJECTED),
    failing(OutcomeKind.UNKNOWN),
]


@pytest.mark.parametrize("late", LATE, ids=lambda outcome: outcome.kind.value)
def test_a_late_finisher_changes_nothing_after_a_reset_and_a_new_claim(
    flow: Flow, logs: io.StringIO, late: Outcome
) -> None:
    delivery_id = flow.one()
    other = flow.new_worker()
    flow.provider.script[delivery_id] = [late, failing(OutcomeKind.UNKNOWN, "in_other_hands")]

    def meanwhile(delivery: ClaimedDelivery) -> None:
        flow.provider.during = lambda _: None
        lose_the_lease(flow, delivery_id)
        # The second answer is for the other worker. It keeps the claim and waits for the event of the
        # provider.
        flow.provider.script[delivery_id].reverse()
        flow.work(delivery_id, worker=other)
        flow.db.execute("CREATE TEMP TABLE before AS SELECT * FROM deliveries")

    flow.provider.during = meanwhile

    worked = flow.work(delivery_id)

    assert worked.counts == {"lease_lost": 1}
    assert worked.reported == []
    assert flow.db.execute("TABLE before").fetchall() == flow.rows()
    assert flow.row(delivery_id)["claim_no"] == 2
    assert flow.row(delivery_id)["error_code"] == "in_other_hands"
    [line] = logged(logs, "delivery_lease_lost")
    assert (line["delivery_id"], line["claim_no"], line["status"]) == (str(delivery_id), 1, "sending")


def test_a_late_finisher_changes_nothing_after_a_reset_alone(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.provider.during = lambda _: lose_the_lease(flow, delivery_id)

    assert flow.work(delivery_id).counts == {"lease_lost": 1}
    assert flow.row(delivery_id)["status"] == "pending"
    assert flow.events(delivery_id) == ["claimed", "reset"]


def test_a_late_finisher_disables_no_device(flow: Flow) -> None:
    delivery_id = flow.one("push")
    device_ids = tuple(row["id"] for row in flow.db.execute("SELECT id FROM devices").fetchall())
    flow.provider.script[delivery_id] = [failing(OutcomeKind.GONE, gone_device_ids=device_ids)]
    flow.provider.during = lambda _: lose_the_lease(flow, delivery_id)

    flow.work(delivery_id)

    assert flow.db.execute("SELECT count(*) AS n FROM devices WHERE enabled").fetchone() == {"n": 2}


@pytest.mark.parametrize("kind", [OutcomeKind.SENT, OutcomeKind.RETRY])
def test_a_late_finish_of_a_delivery_that_is_already_sent_is_no_lost_lease(
    flow: Flow, logs: io.StringIO, kind: OutcomeKind
) -> None:
    delivery_id = flow.one()
    flow.provider.script[delivery_id] = [failing(kind)]
    flow.provider.during = lambda _: flow.set(
        delivery_id, "status = 'sent', locked_at = NULL, finished_at = now(), provider_message_ids = '{by-event}'"
    )

    worked = flow.work(delivery_id)

    assert (worked.counts, worked.reported) == ({kind.value: 1}, [])
    assert flow.row(delivery_id)["provider_message_ids"] == ["by-event"]
    assert flow.sqs.sent == []
    assert "lease_lost" not in logs.getvalue()


def test_a_person_erased_during_the_send_does_not_break_the_batch(flow: Flow) -> None:
    flow.person("alice")
    flow.person("bob")
    hers, his = flow.create("alice", "bob")

    def erase(delivery: ClaimedDelivery) -> None:
        if delivery.delivery_id == hers:
            flow.erase("alice", flow.database())

    flow.provider.during = erase

    worked = flow.work(hers, his)

    assert worked.counts == {"lease_lost": 1, "sent": 1}
    assert [row["id"] for row in flow.rows()] == [his]


@pytest.mark.parametrize(
    ("outcome", "attempts", "status", "dispatched"),
    [
        (Outcome(OutcomeKind.SENT, provider_message_ids=("0107",)), 0, "sent", 0),
        (failing(OutcomeKind.RETRY), 0, "pending", 1),
        (failing(OutcomeKind.RETRY), 4, "failed", 0),
        (failing(OutcomeKind.THROTTLED), 4, "pending", 1),
        (failing(OutcomeKind.REJECTED), 0, "failed", 0),
    ],
)
def test_a_repeated_finish_after_a_lost_answer_returns_the_same(
    flow: Flow, outcome: Outcome, attempts: int, status: str, dispatched: int
) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, f"attempts = {attempts}")
    [claim] = store.claim(flow.database(), flow.settings, {delivery_id: flow.message(None).sent_at})
    assert claim.delivery is not None
    deadline = 1e12
    sent = [(claim.delivery, outcome)]

    first = store.finish(flow.database(), flow.settings, sent, deadline)
    row = flow.row(delivery_id)
    again = store.finish(flow.database(), flow.settings, sent, deadline)

    assert flow.row(delivery_id) == row
    assert first.finished == again.finished == [store.Finished(delivery_id, written=True, status=status)]
    assert len(first.dispatch) == len(again.dispatch) == dispatched


def test_a_connection_that_breaks_at_the_finish_is_replaced(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.provider.during = lambda _: flow.db.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'carillon' AND datname = current_database()"
    )  # pyright: ignore[reportAttributeAccessIssue]

    assert flow.work(delivery_id).counts == {"sent": 1}
    assert flow.events(delivery_id) == ["claimed", "sent"]


def test_a_connection_to_a_server_that_became_read_only_is_replaced(flow: Flow) -> None:
    flow.person("alice")
    first, second = flow.create() + flow.create()
    flow.work(first)
    assert flow.worker._database._connection is not None
    # A warm connection meets this after a failover.
    flow.worker._database._connection.execute("SET default_transaction_read_only = on")

    assert flow.work(second).counts == {"sent": 1}
