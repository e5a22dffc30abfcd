"""How a function proves to the database who it is, how the database proves it to the function, and why one of them
was not believed.
"""

import os
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

# The authorities of Amazon RDS in all regions, and of RDS Proxy: bin/refresh-certificates.
AUTHORITIES = Path(__file__).with_name("rds-ca.pem")
TOKEN_SECONDS = 900  # how long a token opens connections; RDS takes no other (IAM database authentication)

# What libpq and servers say (in English: neither is translated on Lambda), our word for it, and what helps.
_REASONS = (
    ("certificate verify failed", "certificate_not_trusted", "No authority in rds-ca.pem signed the certificate."),
    ("does not match host name", "certificate_of_another_host", "Use the endpoint's own name, not an alias of it."),
    ("does not support SSL", "no_tls", "The database must take TLS."),
    ("server refused SSL", "no_tls", "The database must take TLS."),
    ("authentication failed", "sign_in_refused", "The role needs rds_iam, the function rds-db:connect; tokens expire."),
    ("no pg_hba.conf entry", "sign_in_refused", "The database does not let this role in from here."),
    ("too many connections", "too_many_connections", "The role's or the database's limit is reached."),
    ("too many clients", "too_many_connections", "The role's or the database's limit is reached."),
    ("remaining connection slots", "too_many_connections", "The role's or the database's limit is reached."),
    ("does not exist", "no_such_role_or_database", "The first deploy makes the roles: see its migration."),
    ("could not translate host name", "no_such_host", "Nothing has this name, or DNS does not answer."),
    ("Name or service not known", "no_such_host", "Nothing has this name, or DNS does not answer."),
)
_NO_ANSWER = ("no_answer", "Security groups and subnets must let functions reach the database.")


def iam_token(database_url: str) -> str:
    """A password for new connections, signed locally and valid for TOKEN_SECONDS (RDS IAM authentication).

    Signed with the credentials of the environment, as Lambda gives them; KeyError when there are none. Of botocore only
    the signature is used: a whole client would cost each cold start half as much again.
    """
    from botocore.auth import SigV4QueryAuth  # slow to import, and tests need it for little
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
    """libpq's options that make the database prove its name by a certificate of Amazon's.

    PGSSLMODE, libpq's own variable, says otherwise where a database has no certificate: the devstack's.
    """
    return {} if "PGSSLMODE" in os.environ else {"sslmode": "verify-full", "sslrootcert": str(AUTHORITIES)}


def why_refused(error: psycopg.OperationalError) -> tuple[str, str]:
    """Why no connection came about, as one word of a closed list, and what helps. Neither quotes the error."""
    said = str(error)
    return next(((reason, hint) for words, reason, hint in _REASONS if words in said), _NO_ANSWER)
