"""Tokens of the devstack's issuer, which gives one to anybody who asks."""

from urllib.parse import urlencode

import urllib3


class IssuerSilent(Exception):
    """The local issuer gave no token."""


class IssuerRefused(IssuerSilent):
    """It does not give one for that."""


def fetch_token(issuer: str, user: str, scope: str = "", client_id: str = "", expires_in: int = 3600) -> str:
    """Ask the issuer for a token that holds for `expires_in` seconds. IssuerSilent when it gives none."""
    form = {"user": user, "scope": scope, "client_id": client_id, "expires_in": str(expires_in)}
    try:
        answer = urllib3.request(
            "POST",
            f"{issuer}/token",
            body=urlencode(form),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            timeout=5,
            retries=False,
        )
    except urllib3.exceptions.HTTPError as error:
        raise IssuerSilent(
            f"The local issuer at {issuer} does not answer. Stop `make run`, if it still runs, and start it again."
        ) from error
    if answer.status != 200:
        raise IssuerRefused(f"The local issuer refused: {answer.json().get('error_description', answer.status)}.")
    return answer.json()["access_token"]
