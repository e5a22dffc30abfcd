"""SNS within the time of a request: permanent refusals, late answers, and many endpoints."""

from collections.abc import Callable
from threading import Barrier
from typing import Any

import pytest

import recipients_shared as function
from carillon.aws import clients
from tests.support.environment import Connect
from tests.support.service import ALL_SCOPES, Answer, Service
from tests.support.sns import Sns


@pytest.fixture
def sns(service: Service, monkeypatch: pytest.MonkeyPatch) -> Sns:
    """Return the SNS client that the function uses."""
    made = Sns()

    def client(*_: Any, **__: Any) -> Sns:
        return made

    monkeypatch.setattr(clients, "client", client)
    return made


@pytest.fixture
def stored(connect: Connect) -> Callable[[], list[dict[str, Any]]]:
    """Return a function that reads the rows of all devices."""
    connection = connect()
    return lambda: connection.execute("SELECT * FROM devices").fetchall()


def register(service: Service, user: str, token: str = "dGVzdA-token:APA91b") -> Answer:
    return service.call("POST", "/devices", {"platform": "fcm", "token": token}, user=user)


@pytest.mark.parametrize("path", ["/devices/{id}", "/recipients/alice"])
def test_a_device_of_an_application_that_the_stack_no_longer_has_can_be_removed(
    service: Service, sns: Sns, stored: Any, path: str
) -> None:
    device_id = register(service, "alice").json["device"]["id"]
    sns.forbidden = {"delete_endpoint"}
    claims = {"sub": "alice", "scope": ALL_SCOPES}
    assert service.call("DELETE", path.format(id=device_id), claims=claims).status in (200, 204)
    assert stored() == []


@pytest.mark.parametrize("call", ["delete_endpoint", "create_platform_endpoint", "set_endpoint_attributes"])
def test_if_sns_does_not_answer_a_phone_is_not_taken_over(service: Service, sns: Sns, stored: Any, call: str) -> None:
    """With its endpoint unchanged, nothing changed. Else the device is disabled until alice registers it again."""
    device = register(service, "alice").json["device"]
    sns.failing = {call}
    assert register(service, "bob").status == 503
    assert service.call("GET", "/devices", user="bob").json == {"devices": []}
    asleep = {**device, "enabled": call == "delete_endpoint"}
    assert service.call("GET", "/devices", user="alice").json == {"devices": [asleep]}
    sns.failing = set()
    assert register(service, "alice").json == {"device": device}
    assert sns.attributes(stored()[0]["endpoint_arn"])["Enabled"] == "true"
    assert register(service, "bob").status == 201
    assert [row["user_id"] for row in stored()] == ["bob"]


def test_sns_gets_no_request_if_the_answer_would_be_too_late(service: Service, sns: Sns, stored: Any) -> None:
    """The reserved time is for the database: two connections of 2 seconds each, and half a second."""
    service.context.remaining_ms = 4_500 + 1_999
    answer = register(service, "alice")
    assert (answer.status, answer.json["error"]["code"]) == (503, "unavailable")
    assert (sns.calls, stored()) == ([], [])
    service.context.remaining_ms = 4_500 + 2_000
    assert register(service, "alice").status == 201
    service.context.remaining_ms = 6_000
    assert service.call("DELETE", "/recipients/alice", producer="app").status == 503
    assert len(stored()) == 1


def test_all_endpoints_of_a_person_are_deleted_concurrently(service: Service, sns: Sns, stored: Any) -> None:
    for number in range(4):
        register(service, "alice", f"token-{number}")
    together = Barrier(4)  # the barrier breaks if the calls come one after the other
    sns.always["delete_endpoint"] = lambda: together.wait(10)
    assert service.call("DELETE", "/recipients/alice", producer="app").status == 200
    assert (stored(), sns.arns(function.container().settings.fcm_application_arn or "")) == ([], [])
