"""`carillon dlq` and `carillon retry`: each delivery is sent once, however often an operator replays it."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from moto.sqs.models import SQSBackend

import deliver
from carillon.models.delivery import Outcome, OutcomeKind
from cli.queues import Message, Queue
from tests.support.command_line import Command, command_on
from tests.support.environment import Connect, suppressed
from tests.support.flow import ScriptedProvider, failing
from tests.support.operator_function import ask, operator_function
from tests.support.service import Service


@pytest.fixture
def carillon(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    with operator_function():
        yield command_on(service, monkeypatch)


class Failing(ScriptedProvider):
    """An SES that refuses each request until `code` is None."""

    code: str | None = "access_denied"
    kind = OutcomeKind.RETRY

    def send(self, delivery: Any) -> Outcome:
        self.calls.append(delivery)
        if self.code is not None:
            return failing(self.kind, self.code)
        return Outcome(OutcomeKind.SENT, provider_message_ids=(f"message-{delivery.claim_no}",))


@pytest.fixture
def provider(service: Service) -> Failing:
    scripted = Failing()
    senders: dict[Any, Any] = {**deliver.worker()._senders, "email": scripted}
    deliver.worker()._senders = senders
    return scripted


def _never_old(*_: Any) -> bool:
    return True


@pytest.fixture
def fail(
    service: Service, provider: Failing, connect: Connect, reachable: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[int], list[str]]:  # fmt: skip
    """Return `fail(n)`: n deliveries of n people use up their attempts and go to the dead-letter queue."""
    # For each message that it shows, moto counts the whole queue to find its age. Here no message grows old.
    monkeypatch.setattr(SQSBackend, "is_message_valid_based_on_retention_period", _never_old)
    # moto reads the clock for each message of a queue, whenever it takes one. Its own clock subtracts two dates.
    monkeypatch.setattr("moto.sqs.models.unix_time_millis", lambda: time.time() * 1000)

    def make(count: int) -> list[str]:
        sqs, name = service.sqs, "RedrivePolicy"
        policy = sqs.get_queue_attributes(QueueUrl=service.queue_url, AttributeNames=[name])["Attributes"][name]
        # One receive in place of five: another test checks the five.
        policy = json.dumps(json.loads(policy) | {"maxReceiveCount": 1})
        sqs.set_queue_attributes(QueueUrl=service.queue_url, Attributes={name: policy})
        people = [f"user-{number}" for number in range(count)]
        reachable(*people)
        body = {"user_ids": people, "event_name": "sync.broken", "title": "T", "severity": "critical"}
        assert service.call("POST", "/notifications", body, producer="sync").status == 201
        connect().execute("UPDATE deliveries SET attempts = 4")
        poll(service)
        while service.reap()["dispatched"]:  # deliveries that the request had no time to dispatch
            poll(service)
        return people

    return make


def poll(service: Service) -> None:
    """Process the queue until it shows no more messages."""
    while messages := service.messages():
        service.deliver(*messages)


def statuses(service: Service, connect: Connect) -> dict[str, int]:
    rows = connect().execute("SELECT status, count(*) AS n FROM deliveries GROUP BY status").fetchall()
    return {row["status"]: row["n"] for row in rows}


def redrive(carillon: Command, service: Service) -> int:
    """Redrive as the console does: receive, send again and delete each message of the dead-letter queue."""
    moved = 0
    while messages := service.messages(service.dlq_url):
        entries = [{"Id": str(nr), "MessageBody": message["Body"]} for nr, message in enumerate(messages)]
        moved += len(service.sqs.send_message_batch(QueueUrl=service.queue_url, Entries=entries)["Successful"])
        service.delete(service.dlq_url, messages)
    return moved


def replay(carillon: Command, service: Service) -> int:
    return carillon.json("dlq", "replay")["sent"]


@pytest.mark.parametrize("way", [replay, redrive])
def test_five_hundred_replayed_messages_are_sent_once_each(
    way: Callable[[Command, Service], int],
    carillon: Command, service: Service, provider: Failing, fail: Callable[[int], Any], connect: Connect,
) -> None:  # fmt: skip
    fail(500)
    assert statuses(service, connect) == {"failed": 500}
    assert carillon.json("stats")["dead_letter_queue"]["waiting"] == 500
    provider.code, provider.calls = None, []

    first, second = way(carillon, service), way(carillon, service)
    poll(service)
    third = way(carillon, service)

    assert (first, second, third) == (500, 0, 0)
    assert statuses(service, connect) == {"sent": 500}
    assert len({call.delivery_id for call in provider.calls}) == len(provider.calls) == 500
    assert carillon("verify").exit_code == 0
    acts = carillon.json("log", "--max", "500")["acts"]
    logged = sum(act["affected"] for act in acts if act["action"] == "replay")
    assert logged == (500 if way is replay else 0)


def test_a_replay_names_the_skipped_deliveries_and_deletes_settled_messages(
    carillon: Command, service: Service, provider: Failing, fail: Callable[[int], list[str]], connect: Connect
) -> None:
    fail(4)
    provider.code = None
    service.call("PATCH", "/notifications", {"all": True}, user="user-0")
    service.call("PUT", "/preferences", {"email_enabled": False}, user="user-1")
    connect().execute("""
        UPDATE deliveries SET status = 'sent', provider_message_ids = '{m}' WHERE user_id = 'user-2'
    """)
    sqs = service.session.client("sqs")
    sqs.send_message(QueueUrl=service.dlq_url, MessageBody="not a delivery")

    listed = [each["replay"] for each in carillon.json("dlq", "ls")["messages"]]
    assert sorted(listed) == [
        "do nothing: sent", "keep it: not a delivery", "send it", "skip it: already_read", "skip it: disabled"
    ]  # fmt: skip
    planned = carillon.json("dlq", "replay", "--dry-run")
    assert carillon.json("dlq", "replay", "--dry-run") == planned
    done = carillon.json("dlq", "replay")
    assert done == planned | {"dry_run": False}
    assert (done["sent"], done["skips"], done["nothing_to_do"], done["not_a_delivery"]) == (
        3, {"already_read": 1, "disabled": 1}, 1, 1
    )  # fmt: skip
    poll(service)
    assert statuses(service, connect) == {"sent": 2, "skipped": 2}
    assert [message["Body"] for message in service.messages(service.dlq_url)] == ["not a delivery"]


def test_a_replay_can_be_limited_and_filtered_by_code(
    carillon: Command, service: Service, provider: Failing, fail: Callable[[int], list[str]], connect: Connect
) -> None:
    fail(30)
    connect().execute("UPDATE deliveries SET error_code = 'other' WHERE user_id LIKE '%%5'".replace("%%", "%"))
    assert carillon.json("dlq", "replay", "--error", "other", "--dry-run")["sent"] == 3
    assert carillon.json("dlq", "replay", "--max", "12", "--error", "access_denied")["sent"] == 12
    assert carillon.json("stats")["dead_letter_queue"] == {"waiting": 18, "in_flight": 0, "delayed": 0}
    assert "3 sent to the queue" in carillon.says("dlq", "replay", "--error", "other")


def test_a_message_that_sqs_refuses_stays(
    carillon: Command, service: Service, fail: Callable[[int], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(3)

    def send(queue: Queue, messages: Sequence[Message]) -> list[Message]:
        return list(messages)[:1]

    monkeypatch.setattr(Queue, "send", send)
    result = carillon.json("dlq", "replay", code=1)
    assert (result["sent"], result["refused"]) == (1, 2)
    assert carillon.json("stats")["dead_letter_queue"]["waiting"] == 2


def test_a_retry_revives_permanently_failed_deliveries(
    carillon: Command, service: Service, provider: Failing, fail: Callable[[int], list[str]], connect: Connect
) -> None:
    provider.kind = OutcomeKind.REJECTED
    fail(5)
    assert carillon.json("stats")["dead_letter_queue"]["waiting"] == 0
    connect().execute("UPDATE deliveries SET error_code = 'older' WHERE user_id = 'user-0'")
    service.call("PATCH", "/notifications", {"all": True}, user="user-1")
    provider.code = None

    planned = carillon.json("retry", "--error", "access_denied", "--since", "1h", "--dry-run")
    assert planned == {"dry_run": True, "found": 4, "sends": 3, "refused": 0, "skips": {"already_read": 1}}
    assert service.messages() == []
    assert carillon.json("retry", "--error", "access_denied", "--since", "1h") == planned | {"dry_run": False}
    carillon.json("retry", "--error", "access_denied")  # a second time, before the workers process the first
    poll(service)
    assert statuses(service, connect) == {"failed": 1, "skipped": 1, "sent": 3}
    assert len(provider.calls) == 5 + 3
    [first, *_] = reversed(carillon.json("log")["acts"])
    assert (first["action"], first["affected"], first["arguments"]["code"]) == ("retry", 4, "access_denied")


def test_a_retry_in_pages_excludes_deliveries_that_failed_again(
    carillon: Command, service: Service, provider: Failing, fail: Callable[[int], list[str]], connect: Connect
) -> None:
    provider.kind = OutcomeKind.REJECTED
    fail(7)
    pages: list[Any] = []
    page: dict[str, Any] = {"after": None, "before": None}
    while not pages or pages[-1]["next"]:
        pages.append(ask("retry", limit=3, **page))
        page = {"after": pages[-1]["next"], "before": pages[-1]["before"]}
        poll(service)  # each delivery fails again, later than `before`
    assert [each["found"] for each in pages] == [3, 3, 1]
    assert len(provider.calls) == 14


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE notifications SET read_at = now()", "already_read"),
        ("UPDATE notifications SET archived_at = now()", "already_read"),
        ("UPDATE notifications SET expires_at = now()", "expired"),
        ("UPDATE notifications SET retracted_at = now(), in_app = false", "retracted"),
        ("UPDATE preferences SET channels = channels || jsonb_build_object('email', false)", "disabled"),
        (suppressed("complained"), "complained"),
        ("DELETE FROM recipients", "no_address"),
        ("DELETE FROM delivery_items", "already_read"),
        ("SELECT 1", None),
    ],
)
def test_the_predicted_result_is_the_result_of_the_claim(
    carillon: Command, service: Service, provider: Failing, fail: Callable[[int], list[str]], connect: Connect,
    change: str, reason: str | None,
) -> None:  # fmt: skip
    fail(1)
    provider.code = None
    connect().execute(change.encode())
    [row] = connect().execute("SELECT id FROM deliveries").fetchall()
    [result] = ask("lookup", delivery_ids=[row["id"]])["deliveries"]
    assert (result["does"], result["reason"]) == ("skip" if reason else "send", reason)
    carillon.json("dlq", "replay")
    poll(service)
    [row] = connect().execute("SELECT status, error_code FROM deliveries").fetchall()
    assert (row["status"], row["error_code"]) == ("skipped" if reason else "sent", reason)
