"""The requests to SES, and the outcomes of its answers. Each row of the table in channels/errors.py has its test."""

import dataclasses
from collections.abc import Iterator
from typing import Any
from unittest.mock import ANY

import boto3
import pytest
from botocore.stub import Stubber

from carillon.aws import clients
from carillon.channels import EmailChannel, PushChannel, build
from carillon.models.delivery import OutcomeKind
from carillon.settings.groups import ChannelSettings
from tests.support.delivery_samples import DELIVERY_ID, SETTINGS, delivery, item

SENT, RETRY, THROTTLED, REJECTED, UNKNOWN = (
    OutcomeKind.SENT,
    OutcomeKind.RETRY,
    OutcomeKind.THROTTLED,
    OutcomeKind.REJECTED,
    OutcomeKind.UNKNOWN,
)
NOT_VERIFIED = "Email address is not verified. The following identities failed the check in region EU-CENTRAL-1:"


@pytest.fixture
def ses() -> Iterator[tuple[EmailChannel, Stubber]]:
    client = clients.client("sesv2", timeout_seconds=1)
    with Stubber(client) as stub:
        yield EmailChannel(SETTINGS, client), stub


def test_the_request_has_one_recipient_both_parts_and_the_tags(ses: tuple[EmailChannel, Stubber]) -> None:
    channel, stub = ses
    body = {"Text": {"Data": ANY, "Charset": "UTF-8"}, "Html": {"Data": ANY, "Charset": "UTF-8"}}
    headers = [{"Name": "X-Entity-Ref-ID", "Value": str(DELIVERY_ID)}]
    subject = {"Data": "Payment failed", "Charset": "UTF-8"}
    expected = {
        "FromEmailAddress": "Acme <no-reply@acme.example>",
        "Destination": {"ToAddresses": ["alice@example.com"]},
        "Content": {"Simple": {"Subject": subject, "Body": body, "Headers": headers}},
        "EmailTags": [
            {"Name": "delivery_id", "Value": str(DELIVERY_ID)},
            {"Name": "claim_no", "Value": "3"},
        ],
    }
    stub.add_response("send_email", {"MessageId": "0107-1"}, expected)
    outcome = channel.send(delivery())
    assert (outcome.kind, outcome.provider_message_ids) == (SENT, ("0107-1",))


def test_the_request_names_the_configuration_set_if_one_is_set() -> None:
    client = clients.client("sesv2", timeout_seconds=1)
    settings = SETTINGS.model_copy(update={"ses_configuration_set": "carillon-prod"})
    with Stubber(client) as stub:
        everything_else = dict.fromkeys(("FromEmailAddress", "Destination", "Content", "EmailTags"), ANY)
        stub.add_response(
            "send_email", {"MessageId": "1"}, {**everything_else, "ConfigurationSetName": "carillon-prod"}
        )
        assert EmailChannel(settings, client).send(delivery()).kind is SENT


@pytest.mark.parametrize(
    ("code", "status", "kind", "error_code", "pause"),
    [
        ("TooManyRequestsException", 429, THROTTLED, "too_many_requests", None),
        ("LimitExceededException", 400, THROTTLED, "limit_exceeded", None),
        ("Throttling", 400, THROTTLED, "throttling", None),
        ("ThrottlingException", 400, THROTTLED, "throttling", None),
        ("SlowDown", 503, THROTTLED, "slow_down", None),
        ("SomethingNew", 429, THROTTLED, "something_new", None),
        ("AccountSuspendedException", 400, THROTTLED, "account_suspended", 300),
        ("SendingPausedException", 400, THROTTLED, "sending_paused", 300),
        ("MailFromDomainNotVerifiedException", 400, THROTTLED, "mail_from_domain_not_verified", 300),
        ("NotFoundException", 404, THROTTLED, "configuration_not_found", 300),
        ("MessageRejected", 400, REJECTED, "message_rejected", None),
        ("BadRequestException", 400, REJECTED, "bad_request", None),
        ("ValidationException", 400, REJECTED, "validation", None),
        ("ValidationError", 400, REJECTED, "validation_error", None),
        ("com.amazonaws.ses#BadRequestException", 400, REJECTED, "bad_request", None),
        ("AccessDeniedException", 403, RETRY, "access_denied", None),
        ("ExpiredTokenException", 400, RETRY, "expired_token", None),
        ("UnrecognizedClientException", 403, RETRY, "unrecognized_client", None),
        ("SignatureDoesNotMatch", 403, RETRY, "signature_does_not_match", None),
        ("ConflictException", 409, RETRY, "conflict", None),
        ("", 418, RETRY, "unnamed_error", None),
        ("InternalServiceErrorException", 500, UNKNOWN, "internal_service_error", None),
        ("BadRequestException", 503, UNKNOWN, "bad_request", None),
        ("ServiceUnavailable", 503, UNKNOWN, "service_unavailable", None),
        ("Moved", 301, UNKNOWN, "moved", None),
    ],
)
def test_an_answer_becomes_an_outcome(
    ses: tuple[EmailChannel, Stubber], code: str, status: int, kind: OutcomeKind, error_code: str, pause: int | None
) -> None:
    channel, stub = ses
    stub.add_client_error("send_email", code, "No.", http_status_code=status)
    outcome = channel.send(delivery())
    assert (outcome.kind, outcome.code, outcome.pause_seconds) == (kind, error_code, pause)
    assert outcome.provider_message_ids == ()


@pytest.mark.parametrize(
    ("code", "message", "kind", "error_code"),
    [
        (
            "MessageRejected",
            f"{NOT_VERIFIED} Acme <No-Reply@acme.example>, alice@example.com",
            THROTTLED,
            "sender_not_verified",
        ),
        ("MessageRejected", "Email address is not verified.", THROTTLED, "sender_not_verified"),
        (
            "MessageRejected",
            f"{NOT_VERIFIED} not-no-reply@acme.example",
            REJECTED,
            "recipient_not_verified",
        ),
        ("LimitExceededException", "Daily message quota exceeded.", THROTTLED, "daily_quota_exceeded"),
    ],
)
def test_the_error_text_separates_faults_of_the_stack_from_faults_of_the_message(
    ses: tuple[EmailChannel, Stubber], code: str, message: str, kind: OutcomeKind, error_code: str
) -> None:
    channel, stub = ses
    stub.add_client_error("send_email", code, message, http_status_code=400)
    outcome = channel.send(delivery())
    assert (outcome.kind, outcome.code) == (kind, error_code)
    assert outcome.pause_seconds == (300 if kind is THROTTLED else None)
    assert "@" not in (outcome.detail or "")


def test_without_an_address_no_request_is_sent(ses: tuple[EmailChannel, Stubber]) -> None:
    channel, _ = ses  # the stub refuses any request
    outcome = channel.send(delivery(email=None))
    assert (outcome.kind, outcome.code) == (REJECTED, "no_address")


def test_a_delivery_that_cannot_be_rendered_is_retried(ses: tuple[EmailChannel, Stubber]) -> None:
    channel, _ = ses
    outcome = channel.send(delivery().model_copy(update={"items": []}))
    assert (outcome.kind, outcome.code, outcome.detail) == (RETRY, "not_rendered", "ValueError")


def test_moto_accepts_an_email(aws: boto3.Session) -> None:
    """moto checks that SES knows the sender's identity. The sender's name is no part of it."""
    aws.client("sesv2").create_email_identity(EmailIdentity="no-reply@acme.example")
    settings = SETTINGS.model_copy(update={"email_from": "no-reply@acme.example", "app_name": "Société, Générale"})
    outcome = EmailChannel(settings).send(delivery(item("Zahlung fehlgeschlagen: 5 €")))
    assert outcome.kind is SENT, outcome
    assert len(outcome.provider_message_ids) == 1


@pytest.mark.parametrize(
    ("values", "channels"),
    [
        ({}, {}),
        ({"email_from": "a@b.example"}, {"email": EmailChannel}),
        ({"fcm_application_arn": "arn:x"}, {"push": PushChannel}),
        ({"email_from": "a@b.example", "apns_application_arn": "arn:x"}, {"email": EmailChannel, "push": PushChannel}),
    ],
)
def test_build_returns_the_configured_channels(values: dict[str, Any], channels: dict[str, type]) -> None:
    assert {name: type(sender) for name, sender in build(ChannelSettings(**values)).items()} == channels


def test_the_detail_of_an_outcome_is_short(ses: tuple[EmailChannel, Stubber]) -> None:
    channel, stub = ses
    stub.add_client_error("send_email", "BadRequestException", "x" * 1000, http_status_code=400)
    detail = dataclasses.asdict(channel.send(delivery()))["detail"]
    assert len(detail) <= 300
