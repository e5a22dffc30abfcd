"""The proxy in front of the API: it gives the API a plain address, and limits how many requests run at once.

The emulator serves an API under a long path, or under a host name that not every client can resolve. It starts one
worker for each concurrent request.
"""

import threading

import urllib3
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Request, Response

CONCURRENT_REQUESTS = 4  # beyond the warm workers, each one is a cold start of some seconds
MAX_BODY_BYTES = 10 * 1024 * 1024  # the limit of an HTTP API
# Not forwarded: headers of one connection (RFC 9110, section 7.6.1), and those that urllib3 and werkzeug write.
CONNECTION_HEADERS = {
    "connection", "keep-alive", "transfer-encoding", "content-length", "host", "upgrade", "te", "trailer",
}  # fmt: skip


class ApiProxy:
    """The address of the API. It forwards each request to one API of the emulator, and returns the answer."""

    def __init__(self, endpoint_url: str, api_id: str) -> None:
        self._upstream = f"{endpoint_url}/_aws/execute-api/{api_id}/$default"
        self._slots = threading.Semaphore(CONCURRENT_REQUESTS)
        self._http = urllib3.PoolManager(maxsize=CONCURRENT_REQUESTS, retries=False, timeout=60)

    def site(self, request: Request) -> Response:
        """Answer one request: 413 if its body is larger than API Gateway allows."""
        body = _body(request)
        if body is None:
            return Response('{"message": "Request Entity Too Large"}', 413, mimetype="application/json")
        with self._slots:
            return forward(self._http, self._upstream, request, body)


def forward(http: urllib3.PoolManager, upstream: str, request: Request, body: bytes) -> Response:
    """Send a request unchanged to its path below `upstream`, and return the answer, or 503 if there is none."""
    target = str(request.environ.get("REQUEST_URI") or request.full_path)  # REQUEST_URI keeps percent-encoding
    headers = {name: value for name, value in request.headers.items() if name.lower() not in CONNECTION_HEADERS}
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
    dropped = CONNECTION_HEADERS | {"date", "server"}
    kept = Headers([(name, value) for name, value in answer.headers.items() if name.lower() not in dropped])
    response = Response(answer.data, f"{answer.status} {answer.reason or ''}".strip(), kept)
    if "content-type" not in kept:
        del response.headers["content-type"]  # werkzeug has guessed one
    return response


def _body(request: Request) -> bytes | None:
    """Return the request's body, or None if it is too large."""
    announced = request.content_length or 0
    if announced <= MAX_BODY_BYTES:
        request.max_content_length = MAX_BODY_BYTES + 1  # werkzeug cuts a chunked body off there
        body = request.get_data()
        if len(body) <= MAX_BODY_BYTES:
            return body
    # Read on, up to ten times the limit: a client that cannot finish sending does not read the answer.
    source, left = request.environ["wsgi.input"], min(announced or 10 * MAX_BODY_BYTES, 10 * MAX_BODY_BYTES)
    while left > 0 and (part := source.read(min(left, 64 * 1024))):
        left -= len(part)
    return None
