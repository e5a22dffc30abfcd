"""Retracting a notification: who may do it, how a request names it, and the effect of a repeated create."""

from collections.abc import Callable

import pytest

from tests.support.environment import Connect
from tests.support.retractions import create, only_delivery, retract, retract_by_key
from tests.support.service import Service

NOBODYS = "0198c0de-0000-7000-8000-000000000000"


@pytest.fixture(autouse=True)
def alice(reachable: Callable[..., None]) -> None:
    reachable("alice")


def test_only_the_producer_that_created_it_may_retract_it(service: Service, connect: Connect) -> None:
    made = create(service, idempotency_key="job_9")
    own = service.call("POST", "/notifications", {"event_name": "a.b", "title": "T"}, user="alice").json
    nobodys = service.call("DELETE", f"/notifications/{NOBODYS}", producer="jobs")
    assert nobodys.status == 404
    assert retract(service, made, producer="billing") == nobodys
    assert retract(service, own["notification"]) == nobodys
    assert retract_by_key(service, "job_9", producer="billing") == nobodys
    assert retract_by_key(service, "job_9", user_id="bob") == nobodys
    assert retract_by_key(service, "job_8") == nobodys
    for text in ("x", "%00", NOBODYS + "0"):
        assert service.call("DELETE", f"/notifications/{text}", producer="jobs").status == 404
    # Neither a user with the producer's name nor the person who gets it may retract it.
    for user in ("jobs", "alice"):
        query = {"user_id": user, "idempotency_key": "job_9"}
        assert service.call("DELETE", "/notifications", user=user, query=query).status == 403
        assert service.call("DELETE", f"/notifications/{made['id']}", user=user).status == 403
    assert connect().execute("SELECT FROM notifications WHERE retracted_at IS NULL").rowcount == 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "user_id"),
        ({"user_id": "alice"}, "idempotency_key"),
        ({"idempotency_key": "k"}, "user_id"),
        ({"user_id": "alice", "idempotency_key": "k" * 256}, "idempotency_key"),
        ({"user_id": "", "idempotency_key": "k"}, "user_id"),
    ],
)
def test_a_request_by_key_must_name_the_person(service: Service, query: dict[str, str], field: str) -> None:
    answer = service.call("DELETE", "/notifications", producer="jobs", query=query)
    assert answer.status == 422
    assert answer.json["error"]["details"][0]["field"] == field


@pytest.mark.parametrize("key", ["job_9:2026-11", "a,b", "a b"])
def test_a_producer_retracts_by_the_key_that_it_chose(service: Service, key: str) -> None:
    made = create(service, idempotency_key=key)
    for other in ("a", "b"):
        create(service, idempotency_key=other)
    answer = retract_by_key(service, key)
    assert (answer.status, answer.json["notification_id"]) == (200, made["id"])
    assert len(service.call("GET", "/notifications", user="alice").json["notifications"]) == 2


def test_a_producer_retracts_by_a_derived_key(service: Service) -> None:
    made = create(service, resource_id="job_9")
    answer = retract_by_key(service, "alice:job.failed:job_9")
    assert answer.json["notification_id"] == made["id"] == retract(service, made).json["notification_id"]


def test_a_producer_retracts_by_a_derived_key_that_is_too_long_to_store(service: Service) -> None:
    event = "job." + "x" * 96
    made = create(service, event_name=event, resource_id="r" * 128, user_id="u" * 128)
    assert made["idempotency_key"].startswith("sha256:")
    answer = retract_by_key(service, made["idempotency_key"], user_id="u" * 128)
    assert answer.json["notification_id"] == made["id"]


def test_a_repeated_create_after_a_retraction_records_nothing(service: Service, connect: Connect) -> None:
    made = create(service, idempotency_key="job_9")
    retract(service, made)
    body = {"user_id": "alice", "event_name": "job.failed", "title": "T", "severity": "critical"}
    again = service.call("POST", "/notifications", body | {"idempotency_key": "job_9"}, producer="jobs")
    assert (again.status, again.json["notification"]["id"], again.json["notification"]["in_app"]) == (
        200, made["id"], False,
    )  # fmt: skip
    assert only_delivery(connect)["status"] == "skipped"


def test_a_producer_retracts_the_notification_of_one_of_many_recipients(service: Service) -> None:
    body = {"user_ids": ["alice", "bob"], "event_name": "a.b", "title": "T", "idempotency_key": "all"}
    service.call("POST", "/notifications", body, producer="jobs")
    assert retract_by_key(service, "all", user_id="bob").json["user_id"] == "bob"
    assert len(service.call("GET", "/notifications", user="alice").json["notifications"]) == 1
    assert service.call("GET", "/notifications", user="bob").json["notifications"] == []


def test_the_person_sees_why_it_was_not_sent(service: Service) -> None:
    made = create(service)
    retract(service, made)
    history = service.call("GET", f"/notifications/{made['id']}/deliveries", user="alice").json
    assert history["channels"]["in_app"]["reason"] == "retracted"
    assert history["channels"]["email"]["delivery"]["left_out"] == "retracted"
    assert "retracted" in history["channels"]["email"]["explanation"]
