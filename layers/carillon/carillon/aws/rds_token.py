"""Tokens that sign in to an RDS database, signed on this machine (AWS Signature Version 4, as a query).

botocore signs the same, but its import takes as long as the rest of a cold start, and every function signs in. Sources:
RDS user guide, "Connecting using IAM authentication"; IAM user guide, "Create a signed AWS API request".
"""

import hashlib
import hmac
import os
from datetime import UTC, datetime
from functools import reduce
from urllib.parse import quote

TOKEN_SECONDS = 900  # a token opens connections for so long; RDS accepts no other value

_ALGORITHM = "AWS4-HMAC-SHA256"
_SERVICE = "rds-db"


def utc_now() -> datetime:
    """Return the time that tokens are signed at."""
    return datetime.now(UTC)


def sign(host: str, port: str, user: str) -> str:
    """Return a password for new connections of `user`, valid for TOKEN_SECONDS.

    It is signed with the credentials of the environment, as Lambda sets them.

    Raises:
        KeyError: the environment has no credentials.
    """
    time = utc_now().strftime("%Y%m%dT%H%M%SZ")
    day, region = time[:8], os.environ["AWS_REGION"]
    scope = f"{day}/{region}/{_SERVICE}/aws4_request"
    query = {
        "Action": "connect",
        "DBUser": user,
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}",
        "X-Amz-Date": time,
        "X-Amz-Expires": str(TOKEN_SECONDS),
        "X-Amz-SignedHeaders": "host",
    }
    if session_token := os.environ.get("AWS_SESSION_TOKEN"):
        query["X-Amz-Security-Token"] = session_token
    address = f"{host}:{port}"
    request = f"GET\n/\n{_encode(dict(sorted(query.items())))}\nhost:{address}\n\nhost\n{_sha256(b'')}"
    text = f"{_ALGORITHM}\n{time}\n{scope}\n{_sha256(request.encode())}"
    secret = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    key = reduce(_hmac, (day, region, _SERVICE, "aws4_request"), secret)
    return f"{address}/?{_encode({**query, 'X-Amz-Signature': _hmac(key, text).hex()})}"


def _encode(query: dict[str, str]) -> str:
    return "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in query.items())


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
