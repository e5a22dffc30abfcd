"""The outcome of each exception, and the redaction of its message."""

import ssl

import pytest
from botocore import exceptions as botocore_errors
from urllib3.exceptions import SSLError as Urllib3SSLError

from carillon.channels.errors import outcome_of, redact
from carillon.models.delivery import OutcomeKind

URL = "https://email.eu-central-1.amazonaws.com/"


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (botocore_errors.EndpointConnectionError(endpoint_url=URL), OutcomeKind.RETRY, "no_connection"),
        (botocore_errors.ConnectTimeoutError(endpoint_url=URL), OutcomeKind.RETRY, "connect_timeout"),
        (botocore_errors.ProxyConnectionError(proxy_url=URL), OutcomeKind.RETRY, "no_proxy_connection"),
        (botocore_errors.NoCredentialsError(), OutcomeKind.RETRY, "no_credentials"),
        (botocore_errors.PartialCredentialsError(provider="env", cred_var="x"), OutcomeKind.RETRY, "no_credentials"),
        (botocore_errors.CredentialRetrievalError(provider="x", error_msg="y"), OutcomeKind.RETRY, "no_credentials"),
        (botocore_errors.MetadataRetrievalError(error_msg="x"), OutcomeKind.RETRY, "no_credentials"),
        (botocore_errors.NoRegionError(), OutcomeKind.RETRY, "no_endpoint"),
        (botocore_errors.EndpointProviderError(msg="x"), OutcomeKind.RETRY, "no_endpoint"),
        (
            botocore_errors.SSLError(endpoint_url=URL, error=Urllib3SSLError(ssl.SSLCertVerificationError("expired"))),
            OutcomeKind.RETRY,
            "bad_certificate",
        ),
        (
            botocore_errors.SSLError(endpoint_url=URL, error=Urllib3SSLError(ssl.SSLEOFError("eof"))),
            OutcomeKind.UNKNOWN,
            "tls_failed",
        ),
        (botocore_errors.ReadTimeoutError(endpoint_url=URL), OutcomeKind.UNKNOWN, "read_timeout"),
        (botocore_errors.ConnectionClosedError(endpoint_url=URL), OutcomeKind.UNKNOWN, "connection_lost"),
        (botocore_errors.ResponseStreamingError(error="x"), OutcomeKind.UNKNOWN, "connection_lost"),
        (
            botocore_errors.IncompleteReadError(actual_bytes=1, expected_bytes=2),
            OutcomeKind.UNKNOWN,
            "connection_lost",
        ),
        (botocore_errors.HTTPClientError(error="alice@example.com"), OutcomeKind.UNKNOWN, "no_definite_answer"),
        (RuntimeError("alice@example.com"), OutcomeKind.UNKNOWN, "no_definite_answer"),
        (botocore_errors.ParamValidationError(report="'alice'"), OutcomeKind.REJECTED, "invalid_request"),
    ],
)
def test_an_exception_becomes_an_outcome(error: Exception, kind: OutcomeKind, code: str) -> None:
    outcome = outcome_of(error, pause_seconds=300)
    assert (outcome.kind, outcome.code) == (kind, code)
    assert "alice" not in (outcome.detail or "")


APNS_TOKEN = "740f4707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78ad"
FCM_TOKEN = "dQw4w9WgXcQ:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx_Kx9aB3cD4eF5gH6iJ7"


@pytest.mark.parametrize(
    ("message", "redacted"),
    [
        (
            "Email address is not verified: Alice.B+x@mail.example.com, b@c.de!",
            "Email address is not verified: [address] [address]",
        ),
        ('Illegal address "Alice Smith"@example.com', "Illegal address [address]"),
        ("Illegal address <alice@example.com>", "Illegal address [address]"),
        ("At /v2/suppression/alice%40example.com", "At [address]"),
        ("User: arn:aws:sts::123456789012:assumed-role/x/y is denied", "User: [arn] is denied"),
        ("Endpoint arn:aws-cn:sns:cn-north-1:123456789012:endpoint/GCM/a/b", "Endpoint [arn]"),
        (f"Token {APNS_TOKEN} is bad", "Token [id] is bad"),
        (f"Token {FCM_TOKEN} is bad", "Token [id] is bad"),
        ("Account 123456789012 is paused", "Account [id] is paused"),
        ("Key AKIAIOSFODNN7EXAMPLE is inactive", "Key [id] is inactive"),
        ("Subject 'Payment failed' can't be sent, isn't valid", "Subject [quoted] can't be sent, isn't valid"),
        ("SSL: CERTIFICATE_VERIFY_FAILED", "SSL: CERTIFICATE_VERIFY_FAILED"),
        ('Invalid "Payment failed"', "Invalid [quoted]"),
        ("two\nlines\x00and\u2028more", "two lines and more"),
        ("Maximum sending rate exceeded.", "Maximum sending rate exceeded."),
        ("", ""),
    ],
)
def test_details_have_no_personal_data(message: str, redacted: str) -> None:
    assert redact(message) == redacted


def test_a_detail_has_at_most_300_characters() -> None:
    assert len(redact("word " * 200)) == 300
