"""What a send tells of its provider, besides what became of the message: whether it answers at all."""

from uuid import UUID

import pytest
from botocore import exceptions as botocore_errors

from carillon.channels.errors import outcome_of
from carillon.channels.push.sender import combine
from carillon.models.delivery import DeviceEndpoint, Outcome, OutcomeKind

URL = "https://email.eu-central-1.amazonaws.com/"


def answer(code: str, status: int) -> botocore_errors.ClientError:
    reply = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return botocore_errors.ClientError(reply, "SendEmail")  # pyright: ignore[reportArgumentType] - only what is read


@pytest.mark.parametrize(
    ("error", "reached"),
    [
        (botocore_errors.EndpointConnectionError(endpoint_url=URL), False),
        (botocore_errors.ConnectTimeoutError(endpoint_url=URL), False),
        (botocore_errors.NoCredentialsError(), False),
        (botocore_errors.ReadTimeoutError(endpoint_url=URL), False),
        (botocore_errors.ConnectionClosedError(endpoint_url=URL), False),
        (answer("InternalFailure", 500), False),
        (answer("ServiceUnavailable", 503), False),
        # It answers, and sends for nobody.
        (answer("AccountSuspendedException", 400), False),
        (answer("SendingPausedException", 400), False),
        # One platform's application is disabled, and the other one may well send.
        (answer("PlatformApplicationDisabledException", 400), True),
        (answer("TooManyRequestsException", 429), True),
        (answer("MessageRejected", 400), True),
        (answer("EndpointDisabledException", 400), True),
        (answer("AccessDeniedException", 403), True),
        # Never asked, or not known to be the provider's fault.
        (botocore_errors.ParamValidationError(report="x"), None),
        (RuntimeError("x"), None),
    ],
)
def test_whether_the_provider_was_reached(error: Exception, reached: bool | None) -> None:
    assert outcome_of(error, pause_seconds=300).reached is reached


@pytest.mark.parametrize(
    ("devices", "reached"),
    [
        ([False, False], False),
        ([False, True], True),
        ([False, None], False),
        ([None, None], None),
    ],
)
def test_one_device_that_was_answered_is_enough(devices: list[bool | None], reached: bool | None) -> None:
    endpoints = [
        DeviceEndpoint(device_id=UUID(int=number), platform="fcm", endpoint_arn="arn") for number in range(len(devices))
    ]
    outcomes = [Outcome(OutcomeKind.RETRY, "code", reached=each) for each in devices]

    assert combine(endpoints, outcomes).reached is reached
