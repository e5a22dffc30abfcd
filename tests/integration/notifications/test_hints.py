"""Live hints: which changes hand whom to the queue, and that nothing depends on it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from carillon.live.names import hash_person
from tests.support.service import Service, clear_containers, end_containers

KEY = "a key of the channels"
TAKE: dict[str, Any] = {"MaxNumberOfMessages": 10, "WaitTimeSeconds": 0}


@pytest.fixture
def hinted(service: Service, aws: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> Callable[[], set[str]]:
    """Return a function that takes the hashed people from the queue of hints."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="carillon-hints")["QueueUrl"]
    use_queue(monkeypatch, url)

    def take() -> set[str]:
        people: set[str] = set()
        while messages := sqs.receive_message(QueueUrl=url, **TAKE).get("Messages", []):
            for message in messages:
                body = json.loads(message.get("Body", ""))
                assert set(body) == {"people"}
                people |= set(body["people"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message.get("ReceiptHandle", ""))
        return people

    return take


def use_queue(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("HINTS_QUEUE_URL", url)
    monkeypatch.setenv("LIVE_KEY", KEY)
    clear_containers()


def hashes(*people: str) -> set[str]:
    return {hash_person(KEY, person) for person in people}


def create(service: Service, **content: Any) -> Any:
    body = {"event_name": "report.ready", "title": "T"} | content
    answer = service.call("POST", "/notifications", body, producer="billing")
    assert answer.status in (200, 201), answer.text
    return answer.json


def test_each_change_of_a_list_hints_its_person(service: Service, hinted: Callable[[], set[str]]) -> None:
    made = create(service, user_id="alice", resource_id="r")["notification"]["id"]
    assert hinted() == hashes("alice")
    create(service, user_id="alice", resource_id="r")
    assert hinted() == set(), "a repeat changes nothing"
    create(service, user_ids=["alice", "bob", "carol"])
    assert hinted() == hashes("alice", "bob", "carol")
    for change in ({"read": True}, {"archived": True}):
        assert service.call("PATCH", f"/notifications/{made}", change, user="alice").status == 200
        assert hinted() == hashes("alice")
    marked = service.call("PATCH", "/notifications", {"all": True}, user="bob")
    assert hinted() == hashes("bob")
    service.call("PATCH", "/notifications", {"all": True, "undo": marked.json["read_at"]}, user="bob")
    assert hinted() == hashes("bob")
    assert service.call("DELETE", f"/notifications/{made}", producer="billing").status == 200
    assert hinted() == hashes("alice")
    assert service.call("DELETE", "/recipients/carol", producer="billing").status == 200
    assert hinted() == hashes("carol")


def test_a_dry_run_and_a_list_hint_no_one(service: Service, hinted: Callable[[], set[str]]) -> None:
    service.call("POST", "/notifications", {"user_id": "alice", "event_name": "a.b", "title": "T"},
                 producer="billing", query={"dry_run": "true"})  # fmt: skip
    service.call("GET", "/notifications", user="alice")
    assert hinted() == set()


def test_the_reaper_hints_who_sees_a_scheduled_notification_before_its_next_run(
    service: Service, hinted: Callable[[], set[str]]
) -> None:
    for person, ahead in {"soon": 60, "next": 130, "later": 3600}.items():
        moment = datetime.now(UTC) + timedelta(seconds=ahead)
        create(service, user_id=person, send_at=moment.isoformat())
    assert hinted() == set(), "none shows yet"
    assert delayed(service) == 1, "create hands over the one whose moment is at most two minutes away"
    assert service.reap()["hinted"] == 1
    assert delayed(service) == 2, "the reaper does not know that create has, and a second hint does no harm"


def delayed(service: Service) -> int:
    name = "ApproximateNumberOfMessagesDelayed"
    url = service.sqs.get_queue_url(QueueName="carillon-hints")["QueueUrl"]
    return int(service.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


def test_a_queue_that_refuses_fails_no_request(service: Service, monkeypatch: pytest.MonkeyPatch, logs: Any) -> None:
    use_queue(monkeypatch, "https://sqs.eu-central-1.amazonaws.com/123456789012/carillon-hints")  # it does not exist
    made = create(service, user_id="alice")["notification"]["id"]
    assert service.call("PATCH", f"/notifications/{made}", {"read": True}, user="alice").status == 200
    assert service.call("DELETE", f"/notifications/{made}", producer="billing").status == 200
    assert logs.getvalue().count("hint_dropped") == 3


def test_the_answer_says_where_to_listen_and_is_null_without_hints(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert service.call("GET", "/notifications", user="alice").json["live"] is None
    monkeypatch.setenv("LIVE_KEY", KEY)
    monkeypatch.setenv("LIVE_URL", "wss://x/event/realtime")
    monkeypatch.setenv("LIVE_HOST", "x")
    end_containers()
    live = service.call("GET", "/notifications", user="alice").json["live"]
    assert [channel["name"] for channel in live["channels"]] == [
        f"/hints/person/{hash_person(KEY, 'alice')}",
        "/hints/all",
    ]
