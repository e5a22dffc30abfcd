"""The model of `carillon cost` predicts the calls to AWS that the functions make, and the metrics that they publish."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any
from uuid import UUID

import pytest

from cli.cost.bill import metrics
from cli.cost.calls import calls_of
from cli.cost.measured import BUSY_REAPER
from cli.cost.usage import Actions
from tests.support.aws_calls import watched_calls
from tests.support.environment import Connect
from tests.support.provider_events import TOPIC, body, email_event
from tests.support.service import Service

# Loaded by name: for an import statement, type checkers find the module of tests/support.
EVENTS: Any = import_module("provider_events")
WITHIN = 0.10
PEOPLE = [f"person-{number}" for number in range(30)]
PHONES = [f"phone-{number}" for number in range(5)]


@pytest.fixture
def counted() -> Iterator[Counter[str]]:
    """Yield the number of calls of each function so far, such as `create SendMessageBatch`."""
    counts: Counter[str] = Counter()

    def count(function: str, _service: str, operation: str, _parameters: dict[str, Any]) -> None:
        counts[f"{function} {operation}"] += 1

    with watched_calls(count):
        yield counts


def notify(service: Service, severity: str = "critical", **whom: Any) -> None:
    new = {"event_name": "job.failed", "title": "A job failed", "severity": severity} | whom
    assert service.call("POST", "/notifications", new, producer="app").status == 201


def deliver_all(service: Service) -> int:
    """Deliver until the queue is empty, and return the number of batches."""
    batches = 0
    while messages := service.messages():
        service.deliver(*messages)
        batches += 1
    return batches


def published(output: str) -> set[str]:
    """Return the names of the metrics in what a function printed."""
    entries = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    directives = [each for entry in entries if "_aws" in entry for each in entry["_aws"]["CloudWatchMetrics"]]
    return {metric["Name"] for each in directives for metric in each["Metrics"]}


def test_a_mixed_load_makes_the_calls_of_the_model(
    service: Service, reachable: Callable[..., None], counted: Counter[str]
) -> None:
    reachable(*PEOPLE)
    reachable(*PHONES, push=True)
    counted.clear()  # the phones' endpoints are no calls of the load
    batches = 0
    for person in PEOPLE + PHONES:
        notify(service, user_id=person)
        batches += deliver_all(service)
    notify(service, user_ids=PEOPLE)
    batches += deliver_all(service)
    for person in PEOPLE[:5]:
        etag = service.call("GET", "/notifications", user=person).headers["ETag"]
        for _ in range(10):
            assert service.call("GET", "/notifications", user=person, headers={"If-None-Match": etag}).status == 304
        service.call("PATCH", "/notifications", {"all": True, "before": "2030-01-01T00:00:00Z"}, user=person)
        service.call("GET", "/notifications", user=person)
        service.call("PUT", f"/recipients/{person}", {"email": f"{person}@example.com"}, producer="app")
    for _ in range(3):
        service.reap()

    # The deliveries of the fan-out go together, those of the others alone: two models, added up.
    alone = calls_of(Actions(seconds=180, creates=35, emails=35, pushes=5, polls=55, reads=5, contacts=5))
    together = calls_of(Actions(seconds=0.001, creates=1, emails=30))
    for name, count in {
        "create SendMessageBatch": alone.sqs.send + together.sqs.send,
        "deliver SendEmail": alone.ses_emails + together.ses_emails,
        "deliver Publish": alone.sns_pushes,
        "reaper GetQueueAttributes": alone.sqs.depth,
    }.items():
        assert counted[name] == pytest.approx(count, rel=WITHIN), name
    assert batches == pytest.approx(alone.sqs.receive + together.sqs.receive, rel=WITHIN)
    assert batches == pytest.approx(alone.invocations["deliver"] + together.invocations["deliver"], rel=WITHIN)
    # No function makes a call that the model lacks: neither a poll, a mark nor a contact makes any.
    assert {name for name in counted if not name.startswith(" ")} == {
        "create SendMessageBatch", "deliver SendEmail", "deliver Publish", "reaper GetQueueAttributes",
    }  # fmt: skip


def test_what_joins_a_digest_makes_no_call(
    service: Service, reachable: Callable[..., None], counted: Counter[str]
) -> None:
    reachable(*PEOPLE[:5])
    for person in PEOPLE[:5] * 4:
        notify(service, "warning", user_id=person)
    model = calls_of(Actions(seconds=60, creates=20, emails=5))
    assert counted["create SendMessageBatch"] == pytest.approx(model.sqs.send, rel=WITHIN)


def test_events_make_no_call_and_each_metric_is_in_the_model(
    service: Service,
    reachable: Callable[..., None],
    connect: Connect,
    counted: Counter[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TOPIC_ARN", TOPIC)
    EVENTS.events.cache_clear()
    reachable("phone", push=True)
    names: dict[str, set[str]] = {}

    def poll() -> None:
        etag = service.call("GET", "/notifications", user="phone").headers["ETag"]
        service.call("GET", "/notifications", user="phone", headers={"If-None-Match": etag})

    def report() -> None:
        [row] = connect().execute("SELECT id FROM deliveries WHERE channel = 'email'").fetchall()
        before = counted.total()
        for name in ("provider-send", "provider-delivery"):
            EVENTS.handler(event_of(name, row["id"]), service.context)
        assert counted.total() == before

    contact = {"email": "phone@example.com"}
    for function, act in {
        "create": lambda: notify(service, user_id="phone"),
        "deliver": lambda: deliver_all(service),
        "read": poll,
        "recipients": lambda: service.call("PUT", "/recipients/phone", contact, producer="app"),
        "reaper": service.reap,
        "provider_events": report,
    }.items():
        capsys.readouterr()
        act()
        names[function] = published(capsys.readouterr().out)
    EVENTS.events()._database.close()
    EVENTS.events.cache_clear()

    model: dict[str, set[str]] = defaultdict(set)
    for function, name in metrics(Actions(seconds=60, creates=1, emails=1, pushes=1, polls=3, contacts=1)):
        model[function].add(name)
    assert names["reaper"].isdisjoint(BUSY_REAPER), "it publishes no count of 0"
    names["reaper"] |= {*BUSY_REAPER}
    # A process publishes ColdStart once, for the function that runs first in it.
    assert {function: found | {"ColdStart"} for function, found in names.items()} == model


def event_of(name: str, delivery_id: UUID) -> dict[str, Any]:
    """Return the event of a batch with one recorded message."""
    text = body(email_event(name, delivery_id, address="phone@example.com"))
    attributes = {"ApproximateReceiveCount": "1", "SentTimestamp": "1"}
    return {"Records": [{"messageId": "m", "receiptHandle": "r", "body": text, "attributes": attributes}]}
