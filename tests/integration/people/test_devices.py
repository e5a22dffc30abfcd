"""Devices over HTTP with moto's SNS: phones that change owners or were disabled, and an SNS without an answer."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

import recipients_devices as function
from carillon.aws.endpoints import Endpoints
from carillon.settings import RecipientsSettings
from tests.support.environment import Connect
from tests.support.service import ALL_SCOPES, Answer, Service
from tests.support.sns import Sns

TOKEN = "dGVzdA-token:APA91b"
APNS_TOKEN = "740f4707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78ad"
PHONE = {"platform": "fcm", "token": TOKEN}


@pytest.fixture
def sns(service: Service) -> Sns:
    return Sns()


@pytest.fixture
def endpoints(sns: Sns, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoints]:
    """Yield the endpoints of the function on that SNS."""
    made = Endpoints(RecipientsSettings.load(), sns)
    with monkeypatch.context() as patch:
        patch.setattr(function, "endpoints", lambda: made)
        yield made


@pytest.fixture
def stored(connect: Connect) -> Callable[[], list[dict[str, Any]]]:
    """Return a function that reads the rows of all devices."""
    connection = connect()
    return lambda: connection.execute("SELECT * FROM devices ORDER BY created_at").fetchall()


def register(service: Service, user: str, token: str = TOKEN) -> Answer:
    return service.call("POST", "/devices", {"platform": "fcm", "token": token}, user=user)


def test_a_device_is_registered_listed_and_removed(
    service: Service, endpoints: Endpoints, sns: Sns, stored: Any
) -> None:
    first = register(service, "alice")
    assert first.status == 201
    device = first.json["device"]
    assert set(device) == {"id", "platform", "enabled", "created_at"}
    assert (device["platform"], device["enabled"]) == ("fcm", True)
    [row] = stored()
    assert sns.attributes(row["endpoint_arn"])["Token"] == TOKEN

    again = register(service, "alice")
    assert (again.status, again.json) == (200, first.json)
    second = register(service, "alice", "another").json["device"]
    assert service.call("GET", "/devices", user="alice").json == {"devices": [device, second]}
    assert service.call("GET", "/devices", user="bob").json == {"devices": []}

    removed = service.call("DELETE", f"/devices/{device['id']}", user="alice")
    assert (removed.status, removed.text) == (204, "")
    assert service.call("GET", "/devices", user="alice").json == {"devices": [second]}
    with pytest.raises(ClientError, match="NotFound"):
        sns.attributes(row["endpoint_arn"])
    assert service.call("DELETE", f"/devices/{device['id']}", user="alice").status == 404


def test_removing_another_users_device_is_answered_like_an_unknown_one(service: Service, endpoints: Endpoints) -> None:
    device_id = register(service, "alice").json["device"]["id"]
    answers = [service.call("DELETE", f"/devices/{each}", user="bob") for each in (device_id, uuid4(), "1")]
    assert {(answer.status, answer.text) for answer in answers} == {(404, answers[0].text)}
    assert service.call("DELETE", f"/devices/{device_id}", producer="app").status == 404
    assert len(service.call("GET", "/devices", user="alice").json["devices"]) == 1


def test_a_phone_that_changes_owners_belongs_only_to_the_new_owner(
    service: Service, endpoints: Endpoints, sns: Sns, connect: Connect, stored: Any
) -> None:
    before = register(service, "alice").json["device"]
    [alices] = stored()
    after = register(service, "bob")
    assert after.status == 201
    assert after.json["device"]["id"] != before["id"]
    [row] = stored()
    assert (row["user_id"], row["id"]) == ("bob", UUID(after.json["device"]["id"]))
    assert row["endpoint_arn"] != alices["endpoint_arn"]
    with pytest.raises(ClientError, match="NotFound"):
        sns.attributes(alices["endpoint_arn"])
    assert service.call("GET", "/devices", user="alice").json == {"devices": []}
    # A push in progress for the old owner reaches no device.
    assert service.call("DELETE", f"/devices/{before['id']}", user="alice").status == 404
    finished = [{
        "delivery_id": str(uuid4()), "claim_no": 1, "event": "gone", "next_status": "failed", "give_back": False,
        "permanent": True, "provider_message_ids": [], "gone_device_ids": [before["id"]],
    }]  # fmt: skip
    connect().execute("SELECT * FROM finish(%s, '0')", [json.dumps(finished)])
    assert service.call("GET", "/devices", user="bob").json["devices"][0]["enabled"] is True


def test_a_disabled_device_is_enabled_by_registering_again(
    service: Service, endpoints: Endpoints, sns: Sns, connect: Connect, stored: Any
) -> None:
    first = register(service, "alice").json["device"]
    [row] = stored()
    sns.disable(row["endpoint_arn"])
    connect().execute("UPDATE devices SET enabled = false")
    assert service.call("GET", "/devices", user="alice").json["devices"][0]["enabled"] is False

    again = register(service, "alice")
    assert (again.status, again.json["device"]) == (200, first)
    assert sns.attributes(row["endpoint_arn"])["Enabled"] == "true"
    assert [each["endpoint_arn"] for each in stored()] == [row["endpoint_arn"]]


def test_an_endpoint_that_another_tool_created_is_reused(
    service: Service, endpoints: Endpoints, sns: Sns, stored: Any
) -> None:
    """SNS refuses the token, because it knows it "with different attributes"."""
    application = function.container().settings.fcm_application_arn or ""
    arn = boto3.client("sns").create_platform_endpoint(
        PlatformApplicationArn=application,
        Token=TOKEN,
        CustomUserData="an older system",
        Attributes={"Enabled": "false"},
    )["EndpointArn"]
    assert register(service, "alice").status == 201
    assert [row["endpoint_arn"] for row in stored()] == [arn]
    assert sns.attributes(arn)["Enabled"] == "true"


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_a_platform_that_is_not_set_up_is_refused_by_name(
    service: Service, endpoints: Endpoints, sns: Sns, connect: Connect, stored: Any, user: str
) -> None:
    """A phone that was registered while the platform was set up keeps its owner."""
    connect().execute(
        """
        INSERT INTO devices (id, user_id, platform, token, endpoint_arn, created_at, updated_at)
        VALUES (gen_random_uuid(), 'alice', 'apns', %s, 'arn:aws:sns:eu-central-1:1:endpoint/APNS/app/1', now(), now())
        """,
        [APNS_TOKEN],
    )
    answer = service.call("POST", "/devices", {"platform": "apns", "token": APNS_TOKEN}, user=user)
    assert (answer.status, answer.json["error"]["message"]) == (422, "Push by apns is not set up in this stack.")
    assert sns.calls == []
    assert [(row["user_id"], row["enabled"]) for row in stored()] == [("alice", True)]


@pytest.mark.parametrize("body", [{"platform": "fcm"}, {"token": TOKEN}, {"platform": "web", "token": TOKEN}, "{", []])
def test_a_refused_registration_makes_no_call_and_stores_nothing(
    service: Service, endpoints: Endpoints, sns: Sns, stored: Any, body: Any
) -> None:
    assert service.call("POST", "/devices", body, user="alice").status in (400, 422)
    assert (sns.calls, stored()) == ([], [])


@pytest.mark.parametrize("call", ["create_platform_endpoint", "set_endpoint_attributes"])
def test_if_sns_does_not_answer_nothing_is_stored(
    service: Service, endpoints: Endpoints, sns: Sns, stored: Any, call: str
) -> None:
    sns.failing = {call}
    answer = register(service, "alice")
    assert (answer.status, answer.json["error"]["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"]
    assert stored() == []
    sns.failing = set()
    assert register(service, "alice").status == 201
    assert len(sns.arns(function.container().settings.fcm_application_arn or "")) == 1


@pytest.mark.parametrize("path", ["/devices/{id}", "/recipients/alice"])
def test_if_sns_does_not_answer_nothing_is_removed(
    service: Service, endpoints: Endpoints, sns: Sns, stored: Any, path: str
) -> None:
    device_id = register(service, "alice").json["device"]["id"]
    claims = {"sub": "alice", "scope": ALL_SCOPES}
    sns.failing = {"delete_endpoint"}
    assert service.call("DELETE", path.format(id=device_id), claims=claims).status == 503
    assert len(stored()) == 1
    sns.failing = set()
    assert service.call("DELETE", path.format(id=device_id), claims=claims).status in (200, 204)
    assert stored() == []


@pytest.mark.parametrize("claims", [{}, {"client_id": "app", "scope": "carillon/send"}])
def test_a_token_without_a_subject_has_no_devices(
    service: Service, endpoints: Endpoints, claims: dict[str, str]
) -> None:
    for method, path in (("GET", "/devices"), ("POST", "/devices"), ("DELETE", f"/devices/{uuid4()}")):
        body = PHONE if method == "POST" else None
        assert service.call(method, path, body, claims=claims).status == 401


def test_a_user_cannot_name_another_user(service: Service, endpoints: Endpoints, stored: Any) -> None:
    for answer in (
        service.call("GET", "/devices", user="bob", query={"user_id": "alice"}),
        service.call("POST", "/devices", PHONE, user="bob", query={"user_id": "alice"}),
        service.call("POST", "/devices", {**PHONE, "user_id": "alice"}, user="bob"),
    ):
        assert (answer.status, answer.json["error"]["code"]) == (403, "forbidden")
    assert stored() == []


def test_no_log_line_contains_an_address_a_token_or_an_endpoint(
    service: Service, endpoints: Endpoints, sns: Sns, stored: Any, caplog: pytest.LogCaptureFixture
) -> None:
    address = "somebody.private@example.com"
    claims = {"sub": "alice", "scope": ALL_SCOPES, "email": address, "email_verified": "true"}
    with caplog.at_level(logging.DEBUG, logger="carillon-test"):
        answers = [register(service, "alice"), register(service, "bob"), register(service, "alice")]
        arn = stored()[0]["endpoint_arn"]
        device_id = answers[-1].json["device"]["id"]
        for method, path, body in (
            ("PUT", "/preferences", {"email_enabled": True}),
            ("PUT", "/recipients/alice", {"email": address}),
            ("PUT", "/recipients/alice", {"email": f"{address}@twice.example"}),
            ("GET", "/recipients/alice", None),
            ("POST", "/devices", {"platform": "fcm", "token": f"{TOKEN} "}),
            ("POST", "/devices", {"platform": TOKEN, "token": TOKEN}),
            ("GET", "/devices", None),
        ):
            answers.append(service.call(method, path, body, claims=claims))
        for call, method, path, token in (
            ("create_platform_endpoint", "POST", "/devices", f"{TOKEN}-new"),
            ("set_endpoint_attributes", "POST", "/devices", TOKEN),
            ("delete_endpoint", "DELETE", f"/devices/{device_id}", TOKEN),
        ):
            sns.failing = {call}
            answers.append(service.call(method, path, {"platform": "fcm", "token": token}, claims=claims))
        sns.failing = set()
        answers.append(service.call("DELETE", "/recipients/alice", claims=claims))
    assert {answer.status for answer in answers} == {200, 201, 422, 503}
    lines = [str(vars(record)) for record in caplog.records if record.name.startswith("carillon-test")]
    assert sum("unavailable" in line for line in lines) == 3  # the test reads the right log
    for line in lines:
        assert not [secret for secret in (address, TOKEN, arn, arn.rsplit("/", 1)[1]) if secret in line]
    assert not [answer for answer in answers if TOKEN in answer.text or arn in answer.text]
