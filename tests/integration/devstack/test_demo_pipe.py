"""The pipe page of the demo on the real database: groups, explanations, and the state of each delivery."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import boto3
import pytest

from demo.pipe import Pipe
from tests.support.environment import Connect
from tests.support.service import Service

Reachable = Any


@pytest.fixture
def pipe(service: Service, aws: boto3.Session, database_url: str) -> Iterator[Pipe]:
    emulator: Any = SimpleNamespace(client=aws.client)
    looking = Pipe(database_url, emulator, (service.queue_url, service.dlq_url))
    yield looking
    looking.close()


def notify(service: Service, title: str, severity: str = "warning", **more: Any) -> str:
    body = {"user_id": "alice", "event_name": "job.failed", "title": title, "severity": severity} | more
    answer = service.call("POST", "/notifications", body, producer="tests")
    assert answer.status == 201, answer.text
    return answer.json["notification"]["id"]


def test_without_notifications_the_pipe_is_empty(pipe: Pipe) -> None:
    seen = pipe.read()
    assert (seen["happened"], seen["deliveries"], seen["pauses"]) == ([], [], [])
    assert (seen["counts"], seen["queue"], seen["dead_letters"]) == ({"recorded": 0}, 0, 0)


def test_repeated_notifications_are_one_line_and_one_digest(service: Service, pipe: Pipe, reachable: Reachable) -> None:
    reachable("alice")
    ids = [notify(service, "The export failed") for _ in range(3)]
    other = notify(service, "The import failed", event_name="import.failed")

    seen = pipe.read()
    last, often = seen["happened"]
    assert (last["id"], last["times"], last["user"]) == (other, 1, "alice")
    assert (often["times"], set(often["ids"])) == (3, set(ids))
    email = often["channels"]["email"]
    assert (email["action"], email["reason"]) == ("digest", "severity_warning")
    assert "waits in a digest with 2 others" in email["words"]
    assert often["in_app"]["words"] == "Shown in the app."
    digest = next(each for each in seen["deliveries"] if each["title"] == "The export failed")
    assert (digest["status"], digest["items"], digest["collects"], digest["digest"]) == ("pending", 3, True, "event")
    assert set(digest["notification_ids"]) == set(ids)
    assert seen["counts"] == {"recorded": 4, "pending": 2}


def test_the_counts_are_about_all_deliveries_not_only_those_shown(
    service: Service, pipe: Pipe, reachable: Reachable
) -> None:
    people = [f"user-{number}" for number in range(15)]
    reachable(*people)
    for user_id in people:
        notify(service, "The export failed", user_id=user_id)

    seen = pipe.read()
    assert len(seen["deliveries"]) == 12
    assert seen["counts"] == {"recorded": 15, "pending": 15}


def test_an_email_goes_through_the_queue_and_is_sent(service: Service, pipe: Pipe, reachable: Reachable) -> None:
    reachable("alice")
    notify(service, "It failed", "critical")
    assert pipe.read()["queue"] == 1

    service.deliver()
    seen = pipe.read()
    [sent] = seen["deliveries"]
    assert (sent["status"], sent["collects"], seen["queue"]) == ("sent", False, 0)
    assert 0 <= sent["seconds"] < 60
    assert seen["happened"][0]["channels"]["email"]["words"].startswith("Sent at")


def test_a_digest_can_be_sent_now_and_only_once(service: Service, pipe: Pipe, reachable: Reachable) -> None:
    reachable("alice")
    notify(service, "It failed")
    [digest] = pipe.read()["deliveries"]
    assert pipe.send_now(UUID(digest["id"]))
    service.deliver()
    assert pipe.read()["deliveries"][0]["status"] == "sent"
    assert len(service.emails) == 1
    in_queue = pipe.read()["queue"]  # includes the message that was to arrive after five minutes
    assert not pipe.send_now(UUID(digest["id"]))
    assert pipe.read()["queue"] == in_queue


def test_a_delivery_that_is_no_digest_cannot_be_sent_now(service: Service, pipe: Pipe, reachable: Reachable) -> None:
    reachable("alice")
    notify(service, "In an hour", "critical", send_at=(datetime.now(UTC) + timedelta(hours=1)).isoformat())
    [scheduled] = pipe.read()["deliveries"]
    assert not pipe.send_now(UUID(scheduled["id"]))
    assert pipe.read()["deliveries"][0]["due"] == scheduled["due"]


def test_pauses_and_devices_are_shown(pipe: Pipe, connect: Connect, reachable: Reachable) -> None:
    reachable("carol", push=True)
    connect().execute(
        "INSERT INTO pauses (channel, until, automatic, reason) VALUES"
        " ('email', now() + interval '1 minute', true, 'read_timeout'), ('push', now() - interval '1 minute', true, '')"
    )
    seen = pipe.read()
    assert [(each["channel"], each["automatic"]) for each in seen["pauses"]] == [("email", True)]
    assert list(seen["endpoints"].values()) == ["carol"]


def test_a_broken_connection_is_opened_again(pipe: Pipe, connect: Connect) -> None:
    pipe.read()
    connect().execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert pipe.read()["counts"] == {"recorded": 0}
