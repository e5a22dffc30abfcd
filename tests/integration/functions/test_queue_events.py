"""Real events of the functions without HTTP: a batch from SQS, and the schedule."""

import json
from collections.abc import Callable
from typing import Any

import pytest

import deliver
import reaper
from carillon.database.connection import Database
from carillon.errors import Unavailable
from tests.support.environment import Connect, FakeLambdaContext
from tests.support.paths import ROOT
from tests.support.service import Service

EVENTS = ROOT / "events"


def event(name: str) -> dict[str, Any]:
    return json.loads((EVENTS / name).read_text())


def metrics(out: str) -> dict[str, float]:
    """Return the metrics that a run printed in CloudWatch's embedded format."""
    found: dict[str, float] = {}
    for line in out.splitlines():
        if line.startswith("{") and "_aws" in (parsed := json.loads(line)):
            found |= {
                metric["Name"]: parsed[metric["Name"]][0]
                for directive in parsed["_aws"]["CloudWatchMetrics"]
                for metric in directive["Metrics"]
            }
    return found


@pytest.fixture
def delivery_id(service: Service, reachable: Callable[..., None], connect: Connect) -> str:
    """Create the delivery that events/sqs-batch.json names and return its id."""
    reachable("alice")
    batch = event("sqs-batch.json")["Records"]
    named = json.loads(batch[0]["body"])["delivery_id"]
    body = {"user_id": "alice", "event_name": "sync.broken", "title": "Sync broke", "severity": "critical"}
    assert service.call("POST", "/notifications", body, producer="sync").status == 201
    db = connect()
    with db.transaction():
        db.execute("ALTER TABLE delivery_items DROP CONSTRAINT delivery_items_delivery_id_fkey")
        db.execute("UPDATE deliveries SET id = %s", [named])
        db.execute("UPDATE delivery_items SET delivery_id = %s", [named])
    return named


def test_a_batch_with_one_malformed_message_reports_it(
    service: Service, delivery_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = event("sqs-batch.json")

    answer = deliver.handler(batch, service.context)

    # The shape of a batch response for event source mappings of SQS.
    assert answer == {"batchItemFailures": [{"itemIdentifier": batch["Records"][1]["messageId"]}]}
    [email] = service.emails
    assert email.destinations["ToAddresses"] == ["alice@example.com"]
    published = metrics(capsys.readouterr().out)
    assert (published["Received"], published["Sent"], published["NotADelivery"]) == (2, 1, 1)
    assert published["EmailSent"] == 1
    assert 0 < published["EmailSentAfter"] < 60_000


def test_the_same_batch_twice_sends_one_email(service: Service, delivery_id: str) -> None:
    for _ in range(2):
        deliver.handler(event("sqs-batch.json"), service.context)

    assert len(service.emails) == 1


def test_a_batch_without_time_left_sends_nothing_and_loses_nothing(service: Service, delivery_id: str) -> None:
    service.messages()  # receive and ignore the message of the create
    deliver.handler(event("sqs-batch.json"), FakeLambdaContext(remaining_ms=5_000))
    assert service.emails == []

    [again] = service.messages()
    assert json.loads(again["Body"]) == {"delivery_id": delivery_id}
    assert service.deliver(again) == []
    assert len(service.emails) == 1


def test_the_schedule_resets_the_delivery_of_a_dead_worker(
    service: Service, delivery_id: str, connect: Connect, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver.handler(event("sqs-batch.json"), service.context)
    connect().execute(
        """
        UPDATE deliveries
        SET status = 'sending', finished_at = NULL, locked_at = now() - interval '3 minutes'
        """
    )

    published = reaper.handler(event("schedule.json"), service.context)

    assert published["stuck_reset"] == 1
    printed = metrics(capsys.readouterr().out)
    assert (printed["StuckReset"], printed["Pending"], printed["FailedSteps"]) == (1, 1, 0)
    assert {"Due", "OldestDueSeconds", "FailedPermanently"} <= printed.keys(), "alarms and the dashboard read a 0"
    assert not {"Redispatched", "Pruned", "Pauses"} & printed.keys(), "CloudWatch bills each name"
    assert {"redispatched", "pruned", "pauses"} <= published.keys()


def test_a_failed_step_fails_the_invocation_after_the_gauges(
    service: Service, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Database._run

    def fail(self: Database, name: str, parameters: Any) -> Any:
        if name == "deliveries/prune":
            raise Unavailable
        return run(self, name, parameters)

    monkeypatch.setattr(Database, "_run", fail)

    with pytest.raises(RuntimeError, match="steps failed"):
        reaper.handler(event("schedule.json"), service.context)

    printed = metrics(capsys.readouterr().out)
    assert (printed["FailedSteps"], printed["Pending"]) == (1, 0)
