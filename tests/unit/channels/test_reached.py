"""An outcome also records whether the provider answered. The circuit breaker depends on it."""

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
        # The provider answers, but sends nothing for this account.
        (answer("AccountSuspendedException", 400), False),
        (answer("SendingPausedException", 400), False),
        # Only one platform's application is disabled. The other one may still send.
        (answer("PlatformApplicationDisabledException", 400), True),
        (answer("TooManyRequestsException", 429), True),
        (answer("MessageRejected", 400), True),
        (answer("EndpointDisabledException", 400), True),
        (answer("AccessDeniedException", 403), True),
        # No request was sent, or the fault may not be the provider's.
        (botocore_errors.ParamValidationError(report="x"), None),
        (RuntimeError("x"), None),
    ],
)
def test_an_outcome_records_whether_the_provider_was_reached(error: Exception, reached: bool | None) -> None:
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
def test_the_provider_was_reached_if_it_answered_for_one_device(
    devices: list[bool | None], reached: bool | None
) -> None:
    endpoints = [
        DeviceEndpoint(device_id=UUID(int=number), platform="fcm", endpoint_arn="arn") for number in range(len(devices))
    ]
    outcomes = [Outcome(OutcomeKind.RETRY, "code", reached=each) for each in devices]

    assert combine(endpoints, outcomes).reached is reached
