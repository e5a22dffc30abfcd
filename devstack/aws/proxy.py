"""The front door: the address of the API for any HTTP client.

The emulator serves an API under a long path or a host name that not every client can resolve, and starts
one worker for each concurrent request. The door hides the first and bounds the second.
"""

import threading

import urllib3
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request, Response

AT_ONCE = 4  # requests in the emulator; each beyond a warm worker is a cold start of seconds
LARGEST = 10 * 1024 * 1024  # bytes of a body that an HTTP API takes
OURS = {"connection", "keep-alive", "transfer-encoding", "content-length", "host", "upgrade", "te", "trailer"}


class FrontDoor:
    """A web application that passes every request on to one API of the emulator, unchanged, and its answer back."""

    def __init__(self, endpoint_url: str, api_id: str) -> None:
        self._upstream = f"{endpoint_url}/_aws/execute-api/{api_id}/$default"
        self._turn = threading.Semaphore(AT_ONCE)
        self._http = urllib3.PoolManager(maxsize=AT_ONCE, retries=False, timeout=60)

    def site(self, request: Request) -> Response:
        """The door as a web application."""
        body = _body(request)
        if body is None:
            return Response('{"message": "Request Entity Too Large"}', 413, mimetype="application/json")
        with self._turn:
            return pass_on(self._http, self._upstream, request, body)


def pass_on(http: urllib3.PoolManager, upstream: str, request: Request, body: bytes) -> Response:
    """Send a request on to where `upstream` begins, unchanged, and return its answer; 503 when there is none."""
    target = str(request.environ.get("REQUEST_URI") or request.full_path)  # as it was sent, escapes and all
    headers = {name: value for name, value in request.headers.items() if name.lower() not in OURS}
    try:
        answer = http.request(
            request.method,
            upstream + "/" + target.lstrip("/"),
            body=body,
            headers=headers,
            redirect=False,
            decode_content=False,
        )
    except urllib3.exceptions.HTTPError:
        return Response('{"message": "Service Unavailable"}', 503, mimetype="application/json")
    kept = Headers([(n, v) for n, v in answer.headers.items() if n.lower() not in OURS | {"date", "server"}])
    response = Response(answer.data, f"{answer.status} {answer.reason or ''}".strip(), kept)
    if "content-type" not in kept:
        del response.headers["content-type"]  # werkzeug's own guess
    return response


def _body(request: Request) -> bytes | None:
    """The request's body, or None when it is too large."""
    announced = request.content_length or 0
    if announced <= LARGEST:
        request.max_content_length = LARGEST + 1  # werkzeug cuts off what comes in chunks
        body = request.get_data()
        if len(body) <= LARGEST:
            return body
    # Take in what is still being sent, within reason: a client that cannot send on does not read the answer.
    source, left = request.environ["wsgi.input"], min(announced or 10 * LARGEST, 10 * LARGEST)
    while left > 0 and (part := source.read(min(left, 64 * 1024))):
        left -= len(part)
    return None
