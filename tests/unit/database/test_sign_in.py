"""The sign-in to the database: tokens, reasons of refusals, and trusted certificates."""

import hashlib
import re
from datetime import UTC, datetime

import boto3
import botocore.auth
import psycopg
import pytest
from cryptography import x509

from carillon.database import sign_in

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda remove_tzinfo=True: NOON.replace(tzinfo=None))


@pytest.mark.usefixtures("noon")
@pytest.mark.parametrize("session_token", ["", "testing/session+token=="])
@pytest.mark.parametrize("port", ["", ":6432"])
def test_a_token_equals_that_of_botocores_client(
    monkeypatch: pytest.MonkeyPatch, session_token: str, port: str
) -> None:
    if session_token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", session_token)
    expected = boto3.Session().client("rds").generate_db_auth_token("db.example.com", int(port[1:] or 5432), "carillon")
    token = sign_in.iam_token(f"postgresql://carillon@db.example.com{port}/carillon")
    assert token == expected
    assert "X-Amz-Date=20261126T120000Z" in token, "both must be signed at noon"


def test_without_credentials_nothing_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(KeyError, match="AWS_SECRET_ACCESS_KEY"):
        sign_in.iam_token("postgresql://carillon@db.example.com/carillon")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("SSL error: certificate verify failed", "certificate_not_trusted"),
        ('server certificate for "a" does not match host name "b"', "certificate_of_another_host"),
        ("server does not support SSL, but SSL was required", "no_tls"),
        ('FATAL:  PAM authentication failed for user "carillon"', "sign_in_refused"),
        ('FATAL:  password authentication failed for user "carillon"', "sign_in_refused"),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "carillon"', "sign_in_refused"),
        ('FATAL:  too many connections for role "carillon"', "too_many_connections"),
        ("FATAL:  remaining connection slots are reserved", "too_many_connections"),
        ("FATAL:  sorry, too many clients already", "too_many_connections"),
        ('FATAL:  role "carillon" does not exist', "no_such_role_or_database"),
        ('could not translate host name "nowhere" to address', "no_such_host"),
        ("[Errno -2] Name or service not known", "no_such_host"),
        ("connection timeout expired", "no_answer"),
        ("Connection refused", "no_answer"),
    ],
)
def test_a_refusal_has_a_reason_and_a_hint_that_does_not_quote_it(message: str, reason: str) -> None:
    found, hint = sign_in.why_refused(psycopg.OperationalError(message))
    assert found == reason
    assert hint
    assert not re.search(r'10\.0|"', hint)


def test_tls_is_verified_unless_pgsslmode_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sign_in.verified_tls() == {"sslmode": "verify-full", "sslrootcert": str(sign_in.AUTHORITIES)}
    monkeypatch.setenv("PGSSLMODE", "disable")
    assert sign_in.verified_tls() == {}


@pytest.mark.filterwarnings("ignore:Parsed a serial number")  # an old authority of RDS
def test_the_certificates_match_their_checksum_and_are_authorities() -> None:
    data = sign_in.AUTHORITIES.read_bytes()
    checksum, _, name = sign_in.AUTHORITIES.with_name("rds-ca.pem.sha256").read_text().strip().partition(" *")
    assert (hashlib.sha256(data).hexdigest(), sign_in.AUTHORITIES.name) == (checksum, name)
    certificates = x509.load_pem_x509_certificates(data)
    assert len(certificates) >= 100
    for certificate in certificates:
        assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    names = " ".join(certificate.subject.rfc4514_string() for certificate in certificates)
    assert "Amazon RDS eu-central-1 Root CA RSA2048 G1" in names
    assert "CN=Amazon Root CA 1" in names  # the authority of RDS Proxy
