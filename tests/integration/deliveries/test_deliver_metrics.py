"""Logs and metrics of the deliver function: one line per change of state, counts by channel, and latencies."""

import io
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from carillon.models.delivery import Outcome, OutcomeKind
from tests.support.flow import Flow, failing

NO_CONNECTION = Outcome(OutcomeKind.RETRY, "no_connection", reached=False)


def lines(logs: io.StringIO) -> list[dict[str, Any]]:
    kept = ("message", "delivery_id", "channel", "claim_no", "items", "code", "status", "failures")
    found = (json.loads(line) for line in logs.getvalue().splitlines())
    return [{name: line[name] for name in kept if name in line} for line in found]


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (failing(OutcomeKind.RETRY), "pending"),
        (failing(OutcomeKind.THROTTLED), "pending"),
        (failing(OutcomeKind.REJECTED), "failed"),
        (failing(OutcomeKind.UNKNOWN), "sending"),
    ],
    ids=lambda value: getattr(value, "kind", ""),
)
def test_each_change_of_state_is_one_log_line_with_ids_only(
    flow: Flow, logs: io.StringIO, outcome: Outcome, status: str
) -> None:
    delivery_id = flow.one()
    flow.provider.script[delivery_id] = [outcome]

    worked = flow.work(delivery_id)

    about = {"delivery_id": str(delivery_id), "channel": "email", "claim_no": 1, "items": 1}
    kind = outcome.kind.value
    assert lines(logs) == [
        {"message": "delivery_claimed"} | about,
        {"message": f"delivery_{kind}", "status": status, "code": "some_reason"} | about,
    ]
    assert worked.by_channel == {("email", kind): 1}
    assert worked.sent_after_ms == []


def test_each_channel_is_counted_separately(flow: Flow) -> None:
    flow.person("alice", devices=1)
    ids = flow.create() + flow.create()
    emails = [each for each in ids if flow.row(each)["channel"] == "email"]
    flow.provider.script[emails[0]] = [failing(OutcomeKind.RETRY)]

    worked = flow.work(*ids)

    assert worked.counts == {"sent": 3, "retry": 1}
    assert worked.by_channel == {("email", "sent"): 1, ("email", "retry"): 1, ("push", "sent"): 2}


def test_deliveries_that_are_not_sent_are_counted_by_channel_too(flow: Flow, logs: io.StringIO) -> None:
    delivery_id = flow.one("push")
    flow.db.execute("UPDATE notifications SET read_at = now()")

    assert flow.work(delivery_id).by_channel == {("push", "skipped"): 1}

    about = {"delivery_id": str(delivery_id), "channel": "push", "claim_no": 1}
    assert lines(logs) == [{"message": "delivery_skipped", "status": "skipped", "code": "already_read"} | about]


@pytest.mark.parametrize("seconds", [0, 90])
def test_the_time_from_due_to_sent_is_measured(flow: Flow, seconds: int) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, f"first_available_at = first_available_at - interval '{seconds} seconds'")

    [(channel, milliseconds)] = flow.work(delivery_id).sent_after_ms

    assert channel == "email"
    assert seconds * 1000 <= milliseconds < seconds * 1000 + 30_000


def test_a_digest_is_measured_from_the_time_that_it_became_due(flow: Flow) -> None:
    flow.person("alice")
    [delivery_id] = flow.create(severity="warning")
    five_minutes = timedelta(minutes=5)
    flow.db.execute("UPDATE deliveries SET available_at = available_at - %s", [five_minutes])
    flow.db.execute("UPDATE deliveries SET first_available_at = first_available_at - %s", [five_minutes])
    flow.db.execute("UPDATE deliveries SET created_at = created_at - %s", [five_minutes])

    [(_, milliseconds)] = flow.work(delivery_id).sent_after_ms

    assert milliseconds < 30_000


def test_a_delivery_older_than_the_column_is_not_measured(flow: Flow) -> None:
    delivery_id = flow.one()
    flow.set(delivery_id, "first_available_at = '-infinity'")

    worked = flow.work(delivery_id)

    assert (worked.counts, worked.sent_after_ms) == ({"sent": 1}, [])


def test_an_outage_and_its_end_are_logged(flow: Flow, logs: io.StringIO) -> None:
    delivery_id: UUID = flow.one()
    flow.provider.script[delivery_id] = [NO_CONNECTION]

    worked = flow.work(delivery_id)
    assert worked.by_channel == {("email", "outage"): 1, ("email", "retry"): 1}
    published = flow.reap()
    assert (published["outages"], published["pauses"]) == (1, 0)
    flow.pass_time(121)
    assert flow.work(delivery_id).by_channel == {("email", "back"): 1, ("email", "sent"): 1}
    assert flow.reap()["outages"] == 0

    events = [line for line in lines(logs) if line["message"].startswith("provider_")]
    assert events == [
        {"message": "provider_out", "channel": "email", "code": "no_connection", "failures": 1},
        {"message": "provider_back", "channel": "email", "failures": 0},
    ]


@pytest.mark.parametrize(("until", "pauses"), [("1 hour", 1), ("-1 second", 0)])
def test_active_pauses_are_a_gauge(flow: Flow, until: str, pauses: int) -> None:
    flow.db.execute("INSERT INTO pauses (until) VALUES (now() + %s::interval)", [until])

    assert flow.reap()["pauses"] == pauses
