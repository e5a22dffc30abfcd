"""Replays: a delivery without attempts left goes through the dead-letter queue and back, and sends one email."""

from collections.abc import Callable
from typing import Any

import pytest

import deliver
from carillon.models.delivery import Outcome, OutcomeKind
from tests.support.environment import Connect
from tests.support.flow import ScriptedProvider, failing
from tests.support.service import Service

MAX_RECEIVES = 5  # the queue's redrive policy


@pytest.fixture
def provider(service: Service) -> ScriptedProvider:
    """SES, scripted."""
    scripted = ScriptedProvider()
    senders: dict[Any, Any] = {**deliver.worker()._senders, "email": scripted}
    deliver.worker()._senders = senders
    return scripted


class Case:
    """A delivery of alice's on the real queue, with one attempt left."""

    def __init__(self, service: Service, provider: ScriptedProvider, connect: Connect) -> None:
        self.service, self.provider, self.db = service, provider, connect()
        body = {"user_id": "alice", "event_name": "sync.broken", "title": "Sync broke", "severity": "critical"}
        assert service.call("POST", "/notifications", body, producer="sync").status == 201
        self.db.execute("UPDATE deliveries SET attempts = 4")
        self.delivery_id = self.row["id"]

    @property
    def row(self) -> dict[str, Any]:
        [row] = self.db.execute("SELECT * FROM deliveries").fetchall()
        return row

    def answer(self, *outcomes: Outcome) -> None:
        self.provider.script[self.delivery_id] = list(outcomes)

    def poll(self) -> int:
        """Process the queue until it shows no more messages, and return the number of received messages."""
        received = 0
        while messages := self.service.messages():
            received += len(messages)
            self.service.deliver(*messages)
        return received

    def redrive(self) -> int:
        """Move all messages of the dead-letter queue back, as the console does. SQS sends them again."""
        sqs, moved = self.service.session.client("sqs"), 0
        while messages := self.service.messages(self.service.dlq_url):
            for message in messages:
                sqs.send_message(QueueUrl=self.service.queue_url, MessageBody=message["Body"])
                sqs.delete_message(QueueUrl=self.service.dlq_url, ReceiptHandle=message["ReceiptHandle"])
                moved += 1
        return moved

    def depth(self, queue_url: str) -> int:
        attributes = self.service.session.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])
        counts = attributes["Attributes"]
        return int(counts["ApproximateNumberOfMessages"]) + int(counts["ApproximateNumberOfMessagesNotVisible"])

    @property
    def depths(self) -> tuple[int, int]:
        """Return the numbers of messages in the queue and in the dead-letter queue."""
        return self.depth(self.service.queue_url), self.depth(self.service.dlq_url)


@pytest.fixture
def case(service: Service, provider: ScriptedProvider, connect: Connect, reachable: Callable[..., None]) -> Case:
    reachable("alice")
    return Case(service, provider, connect)


def test_a_delivery_without_attempts_left_goes_to_the_dead_letter_queue(case: Case) -> None:
    case.answer(failing(OutcomeKind.RETRY, "access_denied"))

    received = case.poll()

    assert received == MAX_RECEIVES
    assert case.depths == (0, 1)
    assert len(case.provider.calls) == 1  # the other receives sent nothing
    assert (case.row["status"], case.row["attempts"], case.row["error_code"]) == ("failed", 5, "access_denied")
    assert case.row["last_error"] == "What the provider said."


def test_a_replayed_delivery_is_sent_once_and_a_second_replay_sends_nothing(case: Case) -> None:
    case.answer(failing(OutcomeKind.RETRY))
    case.poll()

    assert case.redrive() == 1
    case.poll()
    assert (case.row["status"], case.row["attempts"]) == ("sent", 1)  # the attempts started again
    assert case.row["claim_no"] == 2  # the fencing token did not
    assert case.depths == (0, 0)

    # A second redrive by the operator, and a copy of the message that was sent by hand.
    assert case.redrive() == 0
    case.service.session.client("sqs").send_message(
        QueueUrl=case.service.queue_url, MessageBody=f'{{"delivery_id": "{case.delivery_id}"}}'
    )
    case.poll()
    assert len(case.provider.calls) == 2  # the failed request and the successful request
    assert case.depths == (0, 0)


def test_a_replay_that_fails_again_can_be_replayed_again(case: Case) -> None:
    case.db.execute("UPDATE deliveries SET max_attempts = 1, attempts = 0")
    case.answer(*[failing(OutcomeKind.RETRY)] * 3)
    case.poll()
    for claim_no in (2, 3):
        assert case.redrive() == 1
        assert case.poll() == MAX_RECEIVES
        assert (case.row["status"], case.row["claim_no"]) == ("failed", claim_no)
        assert case.depths == (0, 1)

    case.redrive()
    case.poll()

    assert (case.row["status"], case.depths) == ("sent", (0, 0))
    assert len(case.provider.calls) == 4


def test_a_stale_message_of_a_failed_delivery_goes_to_the_dead_letter_queue_and_revives_nothing(case: Case) -> None:
    sqs = case.service.session.client("sqs")
    sqs.send_message(QueueUrl=case.service.queue_url, MessageBody=f'{{"delivery_id": "{case.delivery_id}"}}')
    case.answer(failing(OutcomeKind.RETRY))

    one_by_one = 0
    while messages := case.service.messages(maximum=1):
        one_by_one += 1
        case.service.deliver(*messages)

    assert one_by_one == 2 * MAX_RECEIVES
    assert case.depths == (0, 2)
    assert len(case.provider.calls) == 1
    assert case.row["status"] == "failed"

    # Both messages come back: the first sends the email, and the second finds it sent.
    assert case.redrive() == 2
    case.poll()
    assert len(case.provider.calls) == 2
    assert (case.row["status"], case.depths) == ("sent", (0, 0))


def test_a_permanent_failure_sends_no_message_to_the_dead_letter_queue(case: Case) -> None:
    sqs = case.service.session.client("sqs")
    sqs.send_message(QueueUrl=case.service.queue_url, MessageBody=f'{{"delivery_id": "{case.delivery_id}"}}')
    case.answer(failing(OutcomeKind.REJECTED))

    while messages := case.service.messages(maximum=1):
        case.service.deliver(*messages)

    assert case.depths == (0, 0)
    assert (case.row["status"], case.row["permanent"]) == ("failed", True)
    assert len(case.provider.calls) == 1


def test_a_malformed_message_goes_to_the_dead_letter_queue(case: Case) -> None:
    case.service.session.client("sqs").send_message(QueueUrl=case.service.queue_url, MessageBody="hello")

    case.poll()

    assert case.depths == (0, 1)
    assert case.row["status"] == "sent"
