"""Tokens of the devstack's issuer, which gives a token to every request."""

import json
from urllib.parse import urlencode, urlsplit

_TIMEOUT_SECONDS = 5


class NoToken(Exception):
    """The local issuer gave no token."""


class IssuerRefused(NoToken):
    """The local issuer refused this request."""


def fetch_token(issuer: str, user: str, scope: str = "", client_id: str = "", expires_in: int = 3600) -> str:
    """Return a token of the issuer that is valid for `expires_in` seconds.

    Raises:
        NoToken: the issuer does not answer.
        IssuerRefused: the issuer refuses, with its reason.
    """
    form = {"user": user, "scope": scope, "client_id": client_id, "expires_in": str(expires_in)}
    # Python's own client: urllib3 takes longer to import than the request takes.
    from http.client import HTTPConnection, HTTPException

    connection = HTTPConnection(urlsplit(issuer).netloc, timeout=_TIMEOUT_SECONDS)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/token", urlencode(form), headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
    except (OSError, HTTPException, ValueError) as error:
        raise NoToken(
            f"The local issuer at {issuer} does not answer. Stop `make run`, if it still runs, and start it again."
        ) from error
    finally:
        connection.close()
    if response.status != 200:
        raise IssuerRefused(f"The local issuer refused: {answer.get('error_description', response.status)}.")
    return answer["access_token"]
