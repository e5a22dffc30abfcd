"""The answers of the demo to a page of one's own: the bell's script, a token for a person, and the ready page."""

from pydantic import TypeAdapter, ValidationError
from werkzeug.exceptions import BadRequest, Forbidden, SecurityError
from werkzeug.wrappers import Request, Response

from carillon.models.user_id import UserId
from devstack.machine.options import DEFAULT_PORT, ROOT, Options

_READY = ROOT / "docs" / "recipes" / "page" / "index.html"

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


def ready_page(path: str, options: Options) -> Response | None:
    """Return docs/recipes/page with the addresses of this devstack, or None at another path than its own.

    The page leads here if it is opened as a file.
    """
    if path != "/page":
        return None
    html = _READY.read_text("utf-8")
    for port, address in ((DEFAULT_PORT, options.api_url), (DEFAULT_PORT + 1, options.demo_url)):
        html = html.replace(f"http://127.0.0.1:{port}", address)
    return Response(html, mimetype="text/html", headers={"Cache-Control": "no-store"})
