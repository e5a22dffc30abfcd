"""`POST /notifications?dry_run=1`: it answers all, stores nothing, and a misspelled parameter creates nothing."""

from collections.abc import Callable

import pytest

from tests.support.environment import Connect, counts
from tests.support.service import Service

NEW = {"event_name": "job.failed", "title": "It failed", "severity": "critical"}


def test_a_dry_run_for_one_recipient_returns_the_notification_that_would_be_stored(
    service: Service, reachable: Callable[..., None], connect: Connect
) -> None:
    reachable("alice")
    new = NEW | {"user_id": "alice"}

    planned = service.call("POST", "/notifications", new, producer="billing", query={"dry_run": "1"})

    assert planned.status == 200
    assert planned.json["dry_run"] is True
    assert counts(connect) == (0, 0)
    assert service.messages() == []
    real = service.call("POST", "/notifications", new, producer="billing").json["notification"]
    for name in ("action", "reason", "rule"):
        assert planned.json["notification"]["routing"]["email"][name] == real["routing"]["email"][name]


def test_a_dry_run_for_many_recipients_returns_the_routing_of_each(
    service: Service, reachable: Callable[..., None], connect: Connect
) -> None:
    reachable("alice")
    new = NEW | {"user_ids": ["alice", "bob"], "resource_id": "job_1"}
    service.call("POST", "/notifications", NEW | {"user_id": "bob", "resource_id": "job_1"}, producer="billing")

    planned = service.call("POST", "/notifications", new, producer="billing", query={"dry_run": "1"}).json

    assert (planned["dry_run"], planned["created"], planned["replayed"], planned["conflicts"]) == (True, 1, 1, 0)
    answers = {
        each["user_id"]: (each["replayed"], each["routing"]["email"]["reason"]) for each in planned["notifications"]
    }
    assert answers == {"alice": (False, "severity_critical"), "bob": (True, "no_address")}
    assert counts(connect) == (1, 0)


def test_a_dry_run_names_a_repeat_and_refuses_a_conflict(service: Service) -> None:
    chosen = {"Idempotency-Key": "k"}
    new = NEW | {"user_id": "alice"}
    first = service.call("POST", "/notifications", new, producer="billing", headers=chosen)

    again = service.call("POST", "/notifications", new, producer="billing", headers=chosen, query={"dry_run": "1"})
    other = service.call(
        "POST", "/notifications", new | {"title": "Other"}, producer="billing", headers=chosen, query={"dry_run": "1"}
    )

    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json["notification"]["id"] == first.json["notification"]["id"]
    assert (other.status, other.json["error"]["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("query", [{"dryRun": "1"}, {"dry_run": "true"}, {"dry-run": "yes"}])
def test_other_spellings_of_a_dry_run_are_accepted(service: Service, connect: Connect, query: dict[str, str]) -> None:
    assert service.call("POST", "/notifications", NEW, user="alice", query=query).json["dry_run"] is True
    assert counts(connect) == (0, 0)


@pytest.mark.parametrize("name", ["DRYRUN", "dryrun", "preview"])
def test_a_parameter_that_may_mean_a_dry_run_creates_nothing(service: Service, connect: Connect, name: str) -> None:
    refused = service.call("POST", "/notifications", NEW, user="alice", query={name: "1"})
    assert refused.status == 422
    [detail] = refused.json["error"]["details"]
    assert "dry_run" in detail["message"]
    assert counts(connect) == (0, 0)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("send_at", "2026-11-24", "a time with its offset"),
        ("send_at", "2026-11-24T10:00:00", "a time with its offset"),
        ("send_at", "2026-11-24T24:00:00Z", "a time with its offset"),
        ("send_at", "2999-01-01T00:00:00Z", "at most a year ahead"),
        ("expires_at", "2000-01-01T00:00:00Z", "after send_at"),
    ],
)
def test_a_wrong_time_is_reported_with_its_field(service: Service, field: str, value: str, words: str) -> None:
    new = NEW | {"send_at": "2020-01-01T00:00:00Z"} | {field: value}
    refused = service.call("POST", "/notifications", new, user="alice")
    assert refused.status == 422
    [detail] = refused.json["error"]["details"]
    assert detail["field"] == field
    assert words in detail["message"]
