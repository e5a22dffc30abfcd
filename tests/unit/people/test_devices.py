"""The answers of SNS about a device, and their results."""

import logging
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from pydantic import ValidationError

from carillon.aws.endpoints import Endpoints
from carillon.errors import CarillonError, Invalid, Unavailable
from carillon.models.device import NewDevice
from carillon.settings.groups import ChannelSettings

APPLICATION = "arn:aws:sns:eu-central-1:123456789012:app/GCM/app"
ARN = "arn:aws:sns:eu-central-1:123456789012:endpoint/GCM/app/00000000-0000-4000-8000-000000000001"
TOKEN = "f0ken"


@pytest.fixture
def sns() -> Any:
    return boto3.client("sns")


@pytest.fixture
def endpoints(sns: Any) -> Endpoints:
    return Endpoints(ChannelSettings(fcm_application_arn=APPLICATION), sns)


@pytest.mark.parametrize("token", ["a", "x" * 4096, "dGVzdA:APA91b_-/+="])
def test_a_valid_token_is_accepted(token: str) -> None:
    assert NewDevice(platform="fcm", token=token).token == token


@pytest.mark.parametrize("token", ["", "x" * 4097, "a b", "a\n", "\x00", "é", "a\x7f"])
def test_an_invalid_token_is_refused(token: str) -> None:
    with pytest.raises(ValidationError):
        NewDevice(platform="fcm", token=token)


APNS_TOKEN = "740f4707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78ad"


@pytest.mark.parametrize(
    "written",
    [
        APNS_TOKEN,
        APNS_TOKEN.upper(),
        f" {APNS_TOKEN}\n",
        "<740f4707 bebcf74f 9b7c25d4 8e335894 5f6aa01d a5ddb387 462c7eaf 61bb78ad>",
    ],
)
def test_every_spelling_of_a_token_of_apns_is_one_phone(written: str) -> None:
    assert NewDevice(platform="apns", token=written).token == APNS_TOKEN


def test_upper_and_lower_case_are_different_tokens_of_fcm() -> None:
    assert NewDevice(platform="fcm", token=APNS_TOKEN.upper()).token == APNS_TOKEN.upper()


@pytest.mark.parametrize(
    "token", ["", " ", "<>", "dA9HB768908bfPJ", "740f-bebc", "740f7", "\uff17\uff14f", "740f\u200b"]
)
def test_what_is_no_hexadecimal_token_is_refused_for_apns(token: str) -> None:
    with pytest.raises(ValidationError, match=r"hexadecimal|at least 1"):
        NewDevice(platform="apns", token=token)


def test_a_platform_that_is_not_set_up_is_named(endpoints: Endpoints) -> None:
    with pytest.raises(Invalid, match="Push by apns is not set up in this stack"):
        endpoints.create("apns", TOKEN)


def test_a_token_with_other_attributes_returns_its_existing_endpoint(endpoints: Endpoints, sns: Any) -> None:
    words = (
        f"Invalid parameter: Token Reason: Endpoint {ARN} already exists with the same Token, but different attributes."
    )
    with Stubber(sns) as stub:
        stub.add_client_error("create_platform_endpoint", "InvalidParameter", words)
        assert endpoints.create("fcm", TOKEN) == ARN


def test_a_token_that_the_platform_refuses_is_an_error_of_the_caller(endpoints: Endpoints, sns: Any) -> None:
    words = (
        f"Invalid parameter: Token Reason: {TOKEN} iOS device tokens must be no more than 400 hexadecimal characters"
    )
    with Stubber(sns) as stub:
        stub.add_client_error("create_platform_endpoint", "InvalidParameter", words)
        with pytest.raises(Invalid) as caught:
            endpoints.create("fcm", TOKEN)
    assert caught.value.details == [{"field": "token", "message": "is not a token that fcm gives out"}]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("InvalidParameter", "Invalid parameter: PlatformApplicationArn Reason: not an application"),
        ("NotFound", "PlatformApplication does not exist"),
        ("AuthorizationError", f"not authorized for {TOKEN}"),
        ("Throttling", "Rate exceeded"),
        ("InternalError", ""),
    ],
)
def test_after_any_other_refusal_the_service_is_unavailable(
    endpoints: Endpoints, sns: Any, code: str, words: str
) -> None:
    with Stubber(sns) as stub:
        stub.add_client_error("create_platform_endpoint", code, words)
        with pytest.raises(Unavailable) as caught:
            endpoints.create("fcm", TOKEN)
    assert_error_has_only(caught.value, code)


def test_without_an_answer_the_service_is_unavailable(caplog: pytest.LogCaptureFixture) -> None:
    sns = boto3.client("sns", endpoint_url="http://127.0.0.1:9", config=Config(retries={"total_max_attempts": 1}))
    endpoints = Endpoints(ChannelSettings(fcm_application_arn=APPLICATION), sns)
    calls = (
        lambda: endpoints.create("fcm", TOKEN),
        lambda: endpoints.enable(ARN, TOKEN),
        lambda: endpoints.delete(ARN),
    )
    with caplog.at_level(logging.INFO):
        for call in calls:
            with pytest.raises(Unavailable) as caught:
                call()
            assert_error_has_only(caught.value, "EndpointConnectionError")
    assert TOKEN not in caplog.text


def test_a_missing_endpoint_is_no_error(endpoints: Endpoints, sns: Any) -> None:
    with Stubber(sns) as stub:
        stub.add_client_error("set_endpoint_attributes", "NotFound", "Endpoint does not exist")
        assert endpoints.enable(ARN, TOKEN) is False
        stub.add_client_error("delete_endpoint", "NotFound", "Endpoint does not exist")
        endpoints.delete(ARN)
        stub.add_client_error("set_endpoint_attributes", "Throttling", "")
        with pytest.raises(Unavailable):
            endpoints.enable(ARN, TOKEN)
        stub.add_client_error("delete_endpoint", "Throttling", "")
        with pytest.raises(Unavailable):
            endpoints.delete(ARN)


@pytest.mark.parametrize(
    ("code", "status"),
    [("AuthorizationError", 403), ("AccessDenied", 403), ("InvalidParameter", 400), ("InvalidParameterValue", 400)],
)
def test_an_endpoint_that_may_not_be_deleted_is_left_and_logged(
    endpoints: Endpoints, sns: Any, caplog: pytest.LogCaptureFixture, code: str, status: int
) -> None:
    """The policy allows only the current application. After it is replaced, no retry can succeed."""
    with Stubber(sns) as stub, caplog.at_level(logging.WARNING):
        stub.add_client_error("delete_endpoint", code, f"not authorized: {ARN}", http_status_code=status)
        endpoints.delete(ARN)
    [line] = [vars(record) for record in caplog.records if record.getMessage() == "endpoint_left"]
    assert (line["application"], line["error"]) == ("GCM/app", code)
    assert ARN.rsplit("/", 1)[1] not in str(line)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("InternalError", 500),
        ("ServiceUnavailable", 503),
        ("Throttled", 429),
        ("ThrottlingException", 400),
        ("RequestLimitExceeded", 400),
    ],
)
def test_a_deletion_that_may_succeed_later_is_an_error(endpoints: Endpoints, sns: Any, code: str, status: int) -> None:
    with Stubber(sns) as stub:
        stub.add_client_error("delete_endpoint", code, "", http_status_code=status)
        with pytest.raises(Unavailable):
            endpoints.delete(ARN)


def assert_error_has_only(error: CarillonError, code: str) -> None:
    """Check that the logged details of an error have only SNS's name for it."""
    assert error.details == [{"service": "sns", "error": code}]
    assert TOKEN not in str(error)
    assert error.__suppress_context__
