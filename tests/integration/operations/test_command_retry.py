"""`carillon retry` of one delivery, one person, one producer or one event, and the same choices of other commands."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.command_line import Command, command_on
from tests.support.environment import Connect
from tests.support.operator_function import operator_function
from tests.support.service import Service


@pytest.fixture
def carillon(service: Service, monkeypatch: pytest.MonkeyPatch, reachable: Callable[..., None]) -> Iterator[Command]:
    reachable("alice", "bob")
    with operator_function():
        yield command_on(service, monkeypatch)


def notify(service: Service, user_id: str, producer: str, event: str) -> str:
    body = {"user_id": user_id, "event_name": event, "title": "T", "severity": "critical"}
    return service.call("POST", "/notifications", body, producer=producer).json["notification"]["id"]


def delivery_of(connect: Connect, notification_id: str) -> str:
    [row] = (
        connect()
        .execute("SELECT delivery_id AS id FROM delivery_items WHERE notification_id = %s", [notification_id])
        .fetchall()
    )
    return str(row["id"])


@pytest.fixture
def failed(carillon: Command, service: Service, connect: Connect) -> dict[str, str]:
    """Return four notifications whose emails have failed, by the words of person, producer and event."""
    made = {
        f"{user} {producer} {event}": notify(service, user, producer, event)
        for user, producer, event in (
            ("alice", "billing", "invoice.paid"), ("alice", "sync", "job.failed"),
            ("bob", "billing", "invoices.paid"), ("bob", "sync", "invoice.paid"),
        )
    }  # fmt: skip
    service.messages()  # no worker sends them first
    connect().execute("""
        UPDATE deliveries SET status = 'failed', attempts = 5, finished_at = now() - interval '1 hour',
            error_code = CASE user_id WHEN 'bob' THEN 'message_rejected' ELSE 'access_denied' END
    """)
    return made


@pytest.mark.parametrize(
    ("words", "people"),
    [
        ("--user alice", "alice alice"),
        ("--user alice --error access_denied --event invoice", "alice"),
        ("--user alice --error message_rejected", ""),
        ("--producer billing", "alice bob"),
        ("--producer billing --event invoice", "alice"),
        ("--event invoice", "alice bob"),
        ("--event job --channel email", "alice"),
        ("--event job --channel push", ""),
        ("--since 2h --until 30m --user bob", "bob bob"),
        ("--since 30m", ""),
        ("--until 2h", ""),
        ("", "alice alice bob bob"),
    ],
)
def test_a_retry_sends_what_matches_each_option(
    words: str, people: str, carillon: Command, service: Service, failed: dict[str, str], connect: Connect
) -> None:
    listed = carillon.json("failed", "ls", *words.split())
    assert sorted(each["user_id"] for each in listed["failed"]) == people.split()
    assert sum(each["count"] for each in listed["by_code"]) == len(people.split())
    planned = carillon.json("retry", *words.split(), "--dry-run")
    assert planned["found"] == len(people.split())
    assert service.messages() == []
    assert carillon.json("retry", *words.split()) == planned | {"dry_run": False}
    service.deliver(*service.messages())
    assert sorted(email.destinations["ToAddresses"][0].partition("@")[0] for email in service.emails) == people.split()


def test_one_delivery_is_sent_again_by_its_id_or_that_of_its_notification(
    carillon: Command, service: Service, failed: dict[str, str], connect: Connect
) -> None:
    first, second = failed["alice billing invoice.paid"], failed["bob sync invoice.paid"]
    assert carillon.json("retry", first, "--user", "bob", code=1)["found"] == 0
    told = carillon.says("retry", first, "--dry-run")
    assert "1 failed deliveries: a message would be sent for each." in told
    assert "1 of them would be sent again; would be skipped: none." in told
    told = carillon.says("retry", delivery_of(connect, first), second)
    assert "2 of them will be sent again" in told
    service.deliver(*service.messages())
    assert len(service.emails) == 2
    again = carillon.json("retry", first, code=1)
    assert (again["found"], again["not_failed"][0]["status"]) == (0, "sent")
    assert "its email is sent" in carillon.says("retry", first, code=1)
    nothing = "00000000-0000-7000-8000-000000000001"
    assert "has this id" in carillon.says("retry", nothing, code=1)
    assert carillon.json("retry", nothing, second, failed["alice sync job.failed"])["found"] == 1
    assert carillon.json("retry", "nonsense", code=2)["error"]["code"] == "invalid"
    assert carillon("retry", *[nothing] * 101).exit_code == 2


def test_the_log_names_no_person(carillon: Command, failed: dict[str, str]) -> None:
    carillon.json("retry", "--user", "alice", "--producer", "billing")
    [act] = carillon.json("log")["acts"]
    assert act["arguments"] == {"person": act["arguments"]["person"], "creator": "producer:billing"}
    assert act["arguments"]["person"].startswith("sha256:")


def test_retries_at_once_send_each_delivery_once(
    carillon: Command, service: Service, failed: dict[str, str], connect: Connect
) -> None:
    one = failed["alice billing invoice.paid"]
    for words in (["--user", "alice"], [one], [delivery_of(connect, one)], []):
        carillon.json("retry", *words)
    messages: list[Any] = []
    while batch := service.messages():
        messages += batch
    assert len(messages) == 8
    for message in messages:
        service.deliver(message)
    assert len(service.emails) == 4
    assert carillon.says("verify")


def test_a_replay_moves_only_what_matches(
    carillon: Command, service: Service, failed: dict[str, str], connect: Connect
) -> None:
    ids = [delivery_of(connect, made) for made in failed.values()]
    for each in ids:
        service.sqs.send_message(QueueUrl=service.dlq_url, MessageBody=json.dumps({"delivery_id": each}))
    planned = carillon.json("dlq", "replay", "--user", "bob", "--event", "invoice", "--dry-run")
    assert (planned["sent"], planned["not_chosen"]) == (1, 3)
    told = carillon.says("dlq", "replay", "--user", "bob", "--event", "invoice", "--dry-run")
    assert "1 would be sent to the queue" in told
    assert "3 not chosen, would be kept" in told
    assert carillon.json("dlq", "replay", "--producer", "billing")["sent"] == 2
    service.deliver(*service.messages())
    assert len(service.emails) == 2
    assert carillon.json("stats")["dead_letter_queue"]["waiting"] == 2


def test_a_trace_says_that_the_last_attempt_was_the_last(carillon: Command, failed: dict[str, str]) -> None:
    line = carillon.json("trace", failed["alice billing invoice.paid"])["time_line"]
    assert [event["detail"] for event in line if event["what"] == "failed"] == ["5 attempts used up"]


@pytest.mark.parametrize("words", [["failed", "ls"], ["retry", "--dry-run"], ["dlq", "replay"]], ids=str)
def test_an_address_in_place_of_an_id_finds_nothing_and_is_advised(
    carillon: Command, failed: dict[str, str], words: list[str]
) -> None:
    assert "carillon user alice@example.com" in carillon(*words, "--user", "alice@example.com").stdout
    assert "carillon user" not in carillon(*words, "--user", "alice").stdout


def test_a_dry_run_counts_a_delivery_once_however_many_messages_it_has(
    carillon: Command, service: Service, connect: Connect, failed: dict[str, str]
) -> None:
    body = json.dumps({"delivery_id": delivery_of(connect, failed["alice sync job.failed"])})
    for _ in range(12):  # more than a batch
        service.sqs.send_message(QueueUrl=service.dlq_url, MessageBody=body)
    planned = carillon.json("dlq", "replay", "--dry-run")
    assert (planned["sent"], planned["nothing_to_do"], planned["failed_again"]) == (1, 11, 0)
