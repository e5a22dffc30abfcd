"""Signing in to the database: a function's identity, the database's certificate, and the reasons for a refusal."""

import os
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

# The certificate authorities of Amazon RDS in all regions, and of RDS Proxy: bin/refresh-certificates.
AUTHORITIES = Path(__file__).with_name("rds-ca.pem")
TOKEN_SECONDS = 900  # a token opens connections for so long; RDS accepts no other value (IAM database authentication)

# Words of a message of libpq or of the server, the reason in one word, and a hint. The messages are in English, because
# Lambda has no translations.
_REASONS = (
    ("certificate verify failed", "certificate_not_trusted", "No authority in rds-ca.pem signed the certificate."),
    ("does not match host name", "certificate_of_another_host", "Use the endpoint's own name, not an alias."),
    ("does not support SSL", "no_tls", "The database must accept TLS."),
    ("server refused SSL", "no_tls", "The database must accept TLS."),
    ("authentication failed", "sign_in_refused", "The role needs rds_iam, the function rds-db:connect; tokens expire."),
    ("pg_hba.conf rejects", "sign_in_refused", "The database does not accept this role from this address."),
    ("no pg_hba.conf entry", "sign_in_refused", "The database does not accept this role from this address."),
    ("too many connections", "too_many_connections", "The limit of the role or of the database is reached."),
    ("too many clients", "too_many_connections", "The limit of the role or of the database is reached."),
    ("remaining connection slots", "too_many_connections", "The limit of the role or of the database is reached."),
    ("does not exist", "no_such_role_or_database", "The first deploy creates the roles: see the log of its migration."),
    ("could not translate host name", "no_such_host", "The name does not exist, or DNS does not answer."),
    ("Name or service not known", "no_such_host", "The name does not exist, or DNS does not answer."),
)
_NO_ANSWER = ("no_answer", "Security groups and subnets must allow connections to the database.")


def iam_token(database_url: str) -> str:
    """Return a password for new connections, valid for TOKEN_SECONDS (RDS IAM authentication).

    It is signed locally with the credentials of the environment, as Lambda sets them. Only the signer of botocore is
    used: a whole client would make each cold start half as long again.

    Raises:
        KeyError: the environment has no credentials.
    """
    from botocore.auth import SigV4QueryAuth  # here, because the import is slow and only this function needs it
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    address = conninfo_to_dict(database_url)
    request = AWSRequest(
        "GET",
        f"https://{address['host']}:{address.get('port') or 5432}/",
        params={"Action": "connect", "DBUser": address["user"]},
    )
    credentials = Credentials(
        os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"], os.environ.get("AWS_SESSION_TOKEN")
    )
    SigV4QueryAuth(credentials, "rds-db", os.environ["AWS_REGION"], expires=TOKEN_SECONDS).add_auth(request)
    return str(request.url).removeprefix("https://")


def verified_tls() -> dict[str, str]:
    """Return the options of libpq that demand a certificate of Amazon for the database's name.

    If libpq's own variable PGSSLMODE is set, it decides instead: the devstack's database has no certificate.
    """
    return {} if "PGSSLMODE" in os.environ else {"sslmode": "verify-full", "sslrootcert": str(AUTHORITIES)}


def may_pass(error: Exception) -> bool:
    """Return True if the same sign-in may succeed seconds later: a new permission, or an instance that just started."""
    return isinstance(error, psycopg.OperationalError) and why_refused(error)[0] in ("sign_in_refused", "no_answer")


def is_for_iam_only(error: Exception) -> bool:
    """Return True if RDS refused a password because the role is a member of rds_iam: it asks PAM for such roles."""
    return isinstance(error, psycopg.OperationalError) and "PAM authentication failed" in str(error)


def why_refused(error: psycopg.OperationalError) -> tuple[str, str]:
    """Return why no connection was opened, as one word of a closed list, and a hint. Neither quotes the error."""
    message = str(error)
    return next(((reason, hint) for words, reason, hint in _REASONS if words in message), _NO_ANSWER)
