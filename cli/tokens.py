"""Tokens of the devstack's issuer, which gives a token to every request."""

from urllib.parse import urlencode

import urllib3


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
    try:
        response = urllib3.request(
            "POST",
            f"{issuer}/token",
            body=urlencode(form),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            timeout=5,
            retries=False,
        )
    except urllib3.exceptions.HTTPError as error:
        raise NoToken(
            f"The local issuer at {issuer} does not answer. Stop `make run`, if it still runs, and start it again."
        ) from error
    if response.status != 200:
        raise IssuerRefused(f"The local issuer refused: {response.json().get('error_description', response.status)}.")
    return response.json()["access_token"]
