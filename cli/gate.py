"""The gate of the API: what it answers to a request without a token."""

from cli.stack import CannotReach

EXPECTED = 401
_TIMEOUT_SECONDS = 10


def status_without_token(api_url: str) -> int:
    """Return the status of `GET /notifications` without a token: 401 if the API has its authorizer.

    AWS may create an API without an authorizer that it could not make, and then without the routes that need it. Such
    an API answers 404.

    Raises:
        CannotReach: the API does not answer.
    """
    from http.client import HTTPException  # here, because only one command needs them
    from urllib.error import HTTPError
    from urllib.request import urlopen

    if not api_url.startswith(("https://", "http://")):
        raise CannotReach(f"The address of the API must begin with https://, not be {api_url}.")
    try:
        with urlopen(f"{api_url}/notifications", timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 - no file
            return answer.status
    except HTTPError as error:
        return error.code
    except (OSError, HTTPException, ValueError):
        raise CannotReach(f"The API {api_url} does not answer.") from None


def explain(status: int) -> str:
    """Return what is wrong with an API that answers `status`; empty if nothing is."""
    if status == EXPECTED:
        return ""
    text = f"The API answers {status} to a request without a token, and must answer {EXPECTED}."
    return f"{text} AWS made it without its authorizer: see docs/deploy.md#if-it-fails." if status == 404 else text
