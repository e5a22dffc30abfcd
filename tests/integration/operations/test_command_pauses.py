"""`carillon pause`, `resume` and `cancel`: the deferred and the cancelled deliveries, and the entries of the log."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.command_line import Command, command_on
from tests.support.environment import Connect
from tests.support.operator_function import ask, operator_function
from tests.support.service import Service


@pytest.fixture
def carillon(service: Service, monkeypatch: pytest.MonkeyPatch, reachable: Callable[..., None]) -> Iterator[Command]:
    reachable("alice", "bob")
    with operator_function():
        yield command_on(service, monkeypatch)


def notify(service: Service, event: str, user_id: str = "alice", severity: str = "critical", **content: Any) -> str:
    body = {"user_id": user_id, "event_name": event, "title": "T", "severity": severity, **content}
    made = service.call("POST", "/notifications", body, producer="sync")
    assert made.status == 201, made.text
    return made.json["notification"]["id"]


def outcomes(connect: Connect) -> list[tuple[str, str | None]]:
    rows = connect().execute("SELECT status, error_code FROM deliveries ORDER BY id").fetchall()
    return [(row["status"], row["error_code"]) for row in rows]


def test_a_pause_is_created_once_shown_and_ended(carillon: Command) -> None:
    first = carillon.json("pause", "--channel", "email", "--event", "job", "--for", "2h", "--reason", "wrong words")
    [pause] = first["pauses"]
    assert (pause["channel"], pause["event"], pause["spare_critical"], pause["reason"]) == (
        "email", "job", False, "wrong words"
    )  # fmt: skip
    carillon.json("pause", "--channel", "email", "--event", "job", "--for", "3h")
    carillon.json("pause", "--spare-critical")
    listed = carillon.json("pauses")["pauses"]
    assert [(each["channel"], each["event"], each["spare_critical"]) for each in listed] == [
        ("email", "job", False), (None, None, True)
    ]  # fmt: skip
    assert listed[0]["reason"] is None
    assert listed[0]["created_by"].startswith("arn:aws:sts:")
    assert "PAUSED  every channel, every event but critical ones" in carillon.says("stats")

    assert [each["event"] for each in carillon.json("resume", "--event", "job")["pauses"]] == ["job"]
    assert len(carillon.json("resume")["pauses"]) == 1
    assert "no such pause" in carillon.says("resume", code=1)
    assert carillon.says("pauses") == "Nothing is paused.\n"
    acts = [(act["action"], act["affected"]) for act in carillon.json("log")["acts"]]
    assert acts == [("resume", 1), ("resume", 1), ("pause", 1), ("pause", 1), ("pause", 1)]


def test_a_pause_lasts_at_least_as_long_as_requested(carillon: Command) -> None:
    [pause] = carillon.json("pause", "--for", "61s")["pauses"]
    length = datetime.fromisoformat(pause["until"]) - datetime.fromisoformat(pause["created_at"])
    assert length == timedelta(minutes=2)
    for wrong in ("0s", "367d", "99999999999999999999d"):
        assert carillon.json("pause", "--for", wrong, code=2)["error"]["code"] == "invalid"


def test_a_pause_of_the_circuit_breaker_ends_only_with_automatic(carillon: Command, connect: Connect) -> None:
    connect().execute("INSERT INTO pauses (channel, until, automatic) VALUES ('email', now(), true)")
    assert "made by Carillon in an outage" in carillon.says("pauses")
    assert carillon("resume").exit_code == 1
    assert carillon.json("resume", "--automatic")["pauses"][0]["automatic"] is True


def test_an_ended_pause_is_not_shown_and_can_start_again(carillon: Command, connect: Connect) -> None:
    connect().execute("INSERT INTO pauses (event, until) VALUES ('a', now()), ('b', now())")
    assert carillon.json("pauses")["pauses"] == []
    carillon.json("pause", "--event", "b")
    assert [each["event"] for each in carillon.json("pauses")["pauses"]] == ["b"]


def test_cancelled_deliveries_are_never_sent_and_others_are(
    carillon: Command, service: Service, connect: Connect
) -> None:
    wrong = notify(service, "job.failed")
    notify(service, "jobless")
    notify(service, "job.failed.again", "bob")
    dry = carillon.json("cancel", "--event", "job", "--since", "1h", "--dry-run")
    assert dry == {"dry_run": True, "items": 2, "deliveries": 2}
    assert outcomes(connect) == [("pending", None)] * 3
    assert carillon.json("cancel", "--event", "job", "--since", "1h") == dry | {"dry_run": False}
    assert outcomes(connect) == [("skipped", "cancelled"), ("pending", None), ("skipped", "cancelled")]
    assert carillon.json("cancel", "--event", "job", "--since", "1h", code=1)["items"] == 0

    service.deliver()
    assert len(service.emails) == 1
    assert "Not sent: an operator cancelled it before the email left." in carillon.says("trace", wrong)
    assert service.call("GET", "/notifications/unread-count", user="alice").json == {"unread_count": 2}
    [act] = carillon.json("log")["acts"]
    assert (act["action"], act["affected"], act["arguments"]["event"]) == ("cancel", 2, "job")
    assert carillon("verify").exit_code == 0


def test_a_digest_is_sent_without_its_cancelled_items(carillon: Command, service: Service, connect: Connect) -> None:
    for event in ("job.failed", "job.failed", "sync.failed"):
        notify(service, event, severity="warning", batch_key="one")
    assert carillon.json("cancel", "--event", "job.failed", "--since", "1h") == {
        "dry_run": False, "items": 2, "deliveries": 0
    }  # fmt: skip
    connect().execute("UPDATE deliveries SET available_at = now()")
    connect().execute("UPDATE preferences SET channels = channels || jsonb_build_object('email', false)")
    [row] = connect().execute("SELECT id FROM deliveries").fetchall()
    sqs = service.session.client("sqs")
    sqs.purge_queue(QueueUrl=service.queue_url)
    sqs.send_message(QueueUrl=service.queue_url, MessageBody=f'{{"delivery_id": "{row["id"]}"}}')
    connect().execute("UPDATE preferences SET channels = channels || jsonb_build_object('email', true)")
    service.deliver()
    assert outcomes(connect) == [("sent", None)]
    rows = connect().execute("SELECT left_out, count(*) AS n FROM delivery_items GROUP BY 1").fetchall()
    assert {row["left_out"]: row["n"] for row in rows} == {"cancelled": 2, None: 1}


@pytest.mark.parametrize("severity", ["critical", "warning"])
def test_cancelling_in_pages_finds_each_delivery_once(
    carillon: Command, service: Service, connect: Connect, severity: str
) -> None:
    for _ in range(7):
        notify(service, "job.failed", severity=severity)
    pages: list[Any] = []
    since = "2026-01-01T00:00:00Z"
    planned = [ask("cancel", event="job.failed", since=since, dry_run=True, limit=10)]
    while not pages or pages[-1]["next"]:
        pages.append(
            ask("cancel", event="job.failed", since=since, after=pages[-1]["next"] if pages else None, limit=3)
        )
    for name in ("items", "deliveries"):
        assert sum(each[name] for each in pages) == planned[0][name]
    assert sum(each["items"] for each in pages) == 7
    assert {status for status, _ in outcomes(connect)} == {"skipped"}


def test_only_the_requested_deliveries_are_cancelled(carillon: Command, service: Service, connect: Connect) -> None:
    notify(service, "job.failed")
    assert carillon.json("cancel", "--event", "job.failed", "--since", "1h", "--channel", "push", code=1)["items"] == 0
    connect().execute("UPDATE notifications SET created_at = now() - interval '2 hours'")
    assert carillon.json("cancel", "--event", "job.failed", "--since", "1h", code=1)["items"] == 0
    service.deliver()
    assert carillon.json("cancel", "--event", "job.failed", "--since", "3h", code=1)["items"] == 0
    assert carillon("cancel", "--event", "job.failed", "--since", "1h", "--channel", "fax").exit_code == 2
