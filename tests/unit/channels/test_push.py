"""The outcome of a push to several devices. test_payloads.py has the requests."""

import threading
from typing import Any
from uuid import UUID

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from carillon.channels.push import sender
from carillon.channels.push.sender import PushChannel
from carillon.models.delivery import ClaimedDelivery, DeviceEndpoint, OutcomeKind
from tests.support.delivery_samples import SETTINGS, delivery, device


def answer(code: str, status: int, message: str = "No.") -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}},  # type: ignore[typeddict-item]
        "Publish",
    )


OK = "ok"
UNKNOWN = ReadTimeoutError(endpoint_url="x")
THROTTLED = answer("Throttling", 400)
PAUSED = answer("PlatformApplicationDisabled", 400)
RETRY = ConnectTimeoutError(endpoint_url="x")
REJECTED = answer("InvalidParameter", 400)
GONE = answer("EndpointDisabled", 400)
DELETED = answer(
    "InvalidParameter", 400, "Invalid parameter: TargetArn Reason: No endpoint found for the target arn specified"
)


class FakeSns:
    """An SNS with an answer for each endpoint. It records the requests."""

    def __init__(self, answers: dict[str, Exception | str]) -> None:
        self.answers = answers
        self.requests: list[dict[str, Any]] = []

    def publish(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        given = self.answers[request["TargetArn"]]
        if isinstance(given, Exception):
            raise given
        return {"MessageId": f"m-{request['TargetArn'][-1]}"}

    def close(self) -> None:
        pass


def to(devices: list[DeviceEndpoint], *items: Any, **more: Any) -> ClaimedDelivery:
    return delivery(*items, channel="push", email=None, devices=devices, **more)


@pytest.mark.parametrize(
    ("answers", "kind", "code", "gone"),
    [
        ([OK, OK], OutcomeKind.SENT, None, []),
        ([OK, UNKNOWN], OutcomeKind.SENT, None, []),
        ([GONE, OK], OutcomeKind.SENT, None, [1]),
        ([THROTTLED, UNKNOWN, GONE], OutcomeKind.UNKNOWN, "read_timeout", [3]),
        ([RETRY, THROTTLED], OutcomeKind.THROTTLED, "throttling", []),
        ([REJECTED, RETRY, DELETED], OutcomeKind.RETRY, "connect_timeout", [3]),
        ([GONE, REJECTED], OutcomeKind.REJECTED, "invalid_parameter", [1]),
        ([GONE, DELETED], OutcomeKind.GONE, "endpoint_disabled", [1, 2]),
        ([DELETED], OutcomeKind.GONE, "endpoint_not_found", [1]),
        ([answer("NotFound", 404)], OutcomeKind.GONE, "endpoint_not_found", [1]),
        ([answer("InternalError", 500)], OutcomeKind.UNKNOWN, "internal_error", []),
        ([answer("AuthorizationError", 403)], OutcomeKind.RETRY, "authorization_error", []),
        ([answer("InvalidSecurity", 403)], OutcomeKind.RETRY, "invalid_security", []),
        ([answer("KMSThrottling", 400)], OutcomeKind.THROTTLED, "kms_throttling", []),
        ([answer("ParameterValueInvalid", 400)], OutcomeKind.REJECTED, "parameter_value_invalid", []),
    ],
)
def test_the_answers_of_all_devices_become_one_outcome(
    answers: list[Exception | str], kind: OutcomeKind, code: str | None, gone: list[int]
) -> None:
    devices = [device(number) for number, _ in enumerate(answers, 1)]
    sns = FakeSns({each.endpoint_arn: given for each, given in zip(devices, answers, strict=True)})
    outcome = PushChannel(SETTINGS, sns).send(to(devices))
    assert (outcome.kind, outcome.code) == (kind, code)
    assert outcome.gone_device_ids == tuple(map(UUID, map(str, (UUID(int=n) for n in gone))))
    accepted = tuple(f"m-{number}" for number, given in enumerate(answers, 1) if given == OK)
    assert outcome.provider_message_ids == accepted
    assert len(sns.requests) == len(devices)
    assert "arn:" not in (outcome.detail or "")


def test_a_disabled_application_pauses_the_channel() -> None:
    devices = [device(1), device(2)]
    sns = FakeSns({devices[0].endpoint_arn: THROTTLED, devices[1].endpoint_arn: PAUSED})
    outcome = PushChannel(SETTINGS, sns).send(to(devices))
    assert (outcome.kind, outcome.pause_seconds) == (OutcomeKind.THROTTLED, 300)


def test_without_a_device_no_request_is_sent() -> None:
    outcome = PushChannel(SETTINGS, FakeSns({})).send(to([]))
    assert (outcome.kind, outcome.code) == (OutcomeKind.REJECTED, "no_device")


def test_requests_to_devices_run_at_the_same_time() -> None:
    """Each request waits until all have begun, so they would not end one after the other."""
    devices = [device(number) for number in range(1, 6)]
    barrier = threading.Barrier(len(devices))

    class Meeting(FakeSns):
        def publish(self, **request: Any) -> dict[str, Any]:
            barrier.wait(10)
            return super().publish(**request)

    outcome = PushChannel(SETTINGS, Meeting({each.endpoint_arn: OK for each in devices})).send(to(devices))
    assert len(outcome.provider_message_ids) == 5


@pytest.mark.parametrize(("answer", "kind"), [(OK, OutcomeKind.SENT), (RETRY, OutcomeKind.NOT_BEGUN)])
def test_no_request_begins_that_could_exceed_the_time_of_the_send(
    monkeypatch: pytest.MonkeyPatch, answer: Exception | str, kind: OutcomeKind
) -> None:
    monkeypatch.setattr(sender, "DEVICES_AT_ONCE", 1)
    now = 0.0
    monkeypatch.setattr(sender.time, "monotonic", lambda: now)
    devices = [device(1), device(2)]

    class Slow(FakeSns):
        def publish(self, **request: Any) -> dict[str, Any]:
            nonlocal now
            now += 2 * SETTINGS.send_timeout_seconds
            return super().publish(**request)

    sns = Slow({each.endpoint_arn: answer for each in devices})
    outcome = PushChannel(SETTINGS, sns).send(to(devices))
    assert (outcome.kind, len(sns.requests)) == (kind, 1)


def test_moto_accepts_a_push_and_reports_a_disabled_endpoint(aws: boto3.Session) -> None:
    """A device with a disabled endpoint counts as gone."""
    sns = aws.client("sns")
    application = sns.create_platform_application(Name="acme", Platform="GCM", Attributes={})["PlatformApplicationArn"]
    arns = [
        sns.create_platform_endpoint(PlatformApplicationArn=application, Token=f"token-{n}")["EndpointArn"]
        for n in "ab"
    ]
    devices = [device(n).model_copy(update={"endpoint_arn": arn}) for n, arn in enumerate(arns, 1)]
    channel = PushChannel(SETTINGS)
    assert len(channel.send(to(devices)).provider_message_ids) == 2
    sns.set_endpoint_attributes(EndpointArn=arns[0], Attributes={"Enabled": "false"})
    outcome = channel.send(to(devices))
    assert (outcome.kind, outcome.gone_device_ids) == (OutcomeKind.SENT, (devices[0].device_id,))
