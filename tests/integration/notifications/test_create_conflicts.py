"""The answer to other content under a used key, and who gets it."""

from typing import Any

from tests.support.environment import Connect, counts
from tests.support.service import Service

CRITICAL: dict[str, Any] = {"event_name": "invoice.payment_failed", "title": "Payment failed", "severity": "critical"}
KEY = {"Idempotency-Key": "invoice_9"}


def test_a_key_of_another_producer_or_person_is_free_and_tells_nothing(service: Service, connect: Connect) -> None:
    """Only the creator of the first notification, and only for its recipient, learns that the key was used."""
    first = {**CRITICAL, "title": "Zebra", "user_id": "alice"}
    made = service.call("POST", "/notifications", first, producer="billing", headers=KEY).json["notification"]
    other = {**CRITICAL, "title": "Okapi"}
    answers = [
        service.call("POST", "/notifications", other | {"user_id": "alice"}, producer="sync", headers=KEY),
        service.call("POST", "/notifications", other | {"user_id": "bob"}, producer="billing", headers=KEY),
        service.call("POST", "/notifications", other, user="alice", headers=KEY),
        service.call("POST", "/notifications", other, user="billing", headers=KEY),
        service.call("POST", "/notifications", other | {"user_ids": ["alice", "carol"]}, producer="crm", headers=KEY),
    ]
    assert [answer.status for answer in answers] == [201] * 5
    for answer in answers:
        assert "Idempotency-Replayed" not in answer.headers
        assert made["id"] not in answer.text
        assert "Zebra" not in answer.text
    assert counts(connect)[0] == 7


def test_a_conflict_names_the_fields_that_differ_and_no_value_for_one_and_for_many(service: Service) -> None:
    first = {**CRITICAL, "title": "Zebra", "data": {"amount": "Okapi"}}
    many = first | {"user_ids": ["alice", "bob"]}
    made = service.call("POST", "/notifications", many, producer="billing", headers=KEY).json["notifications"]
    ids = {each["user_id"]: each["id"] for each in made}
    other = {**CRITICAL, "title": "Giraffe"}

    one = service.call("POST", "/notifications", other | {"user_id": "alice"}, producer="billing", headers=KEY)
    error = one.json["error"]
    assert (one.status, error["notification_id"]) == (422, ids["alice"])
    assert [detail["field"] for detail in error["details"]] == ["data", "title"]

    again = service.call(
        "POST", "/notifications", other | {"user_ids": ["alice", "bob", "carol"]}, producer="billing", headers=KEY
    )
    told = [(each["user_id"], each["conflict"], each.get("differs")) for each in again.json["notifications"]]
    assert told == [("alice", True, ["data", "title"]), ("bob", True, ["data", "title"]), ("carol", False, None)]
    assert [each["id"] for each in again.json["notifications"][:2]] == [ids["alice"], ids["bob"]]
    for answer in (one, again):
        assert not any(value in answer.text for value in ("Zebra", "Okapi", "Giraffe"))
