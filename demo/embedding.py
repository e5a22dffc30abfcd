"""The answers of the demo that a page of another origin may read: the bell's script, and a token for a person."""

from pydantic import TypeAdapter, ValidationError
from werkzeug.exceptions import BadRequest, Forbidden, SecurityError
from werkzeug.wrappers import Request, Response

from carillon.models.user_id import UserId
from devstack.machine.options import Options

_TRUSTED_HOSTS = ["127.0.0.1", "localhost"]
_user_id = TypeAdapter[str](UserId)


def token_user(request: Request) -> str:
    """Return the user whose token a request asks for: anyone, because the devstack has no sign-in.

    Raises:
        Forbidden: the request came under another name than this machine's. A website that lets its own name lead to
            127.0.0.1 would read the answer as its own.
        BadRequest: the request names no user, or one that cannot be the id of a person.
    """
    request.trusted_hosts = _TRUSTED_HOSTS
    try:
        _ = request.host
    except SecurityError:
        raise Forbidden("Tokens are given only under the names 127.0.0.1 and localhost.") from None
    try:
        return _user_id.validate_python(request.args.get("user"))
    except ValidationError as error:
        raise BadRequest(f"user: {error.errors()[0]['msg']}.") from None


def allow_origin(options: Options, request: Request, response: Response) -> Response:
    """Allow the page of an allowed origin to read an answer."""
    response.headers["Vary"] = "Origin"
    if (origin := request.headers.get("Origin")) in options.origins:
        response.headers["Access-Control-Allow-Origin"] = origin
    return response


def allow_all(response: Response) -> Response:
    """Allow every page to read an answer: the bell's script is public, and explains a refused origin itself."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
