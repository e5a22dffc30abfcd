"""Helpers for tests of retracting: the producer `jobs` records for alice and retracts."""

from typing import Any

from tests.support.environment import Connect
from tests.support.service import Answer, Service


def create(service: Service, **content: Any) -> dict[str, Any]:
    body = {"user_id": "alice", "event_name": "job.failed", "title": "T", "severity": "critical"} | content
    answer = service.call("POST", "/notifications", body, producer="jobs")
    assert answer.status == 201
    return answer.json["notification"]


def retract(service: Service, notification: dict[str, Any], producer: str = "jobs") -> Answer:
    return service.call("DELETE", f"/notifications/{notification['id']}", producer=producer)


def retract_by_key(service: Service, key: str, user_id: str = "alice", producer: str = "jobs") -> Answer:
    query = {"user_id": user_id, "idempotency_key": key}
    return service.call("DELETE", "/notifications", producer=producer, query=query)


def email_of(answer: Answer) -> dict[str, str]:
    assert answer.status == 200
    return answer.json["channels"]["email"]


def only_delivery(connect: Connect) -> dict[str, Any]:
    [row] = connect().execute("SELECT * FROM deliveries").fetchall()
    return row
