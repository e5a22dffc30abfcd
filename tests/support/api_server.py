"""The functions behind HTTP on loopback, with a token endpoint: for clients that run in another process."""

import json
from base64 import b64decode
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qs

from tests.hostile.gateway import Gateway, Sent
from tests.support.service import ALL_SCOPES, Service

PRODUCER = "billing"
TOKEN_PATH = "/oauth2/token"
SECRET = "of-the-test"

ClaimsOf = Callable[[str], dict[str, str] | None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keep connections, as API Gateway does
    wbufsize = -1  # an answer in one packet: otherwise its second part waits 40 ms for an acknowledgement
    service: Service
    gateway: Gateway
    lock: Lock
    tokens: list[str]
    claims_of: ClaimsOf | None

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True

    def _respond(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == TOKEN_PATH:
            self._issue(body)
            return
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        claims = {"client_id": PRODUCER, "sub": PRODUCER, "scope": ALL_SCOPES} if token in self.tokens else None
        if claims is None and self.claims_of:
            claims = self.claims_of(token)
        sent = Sent("client", self.command, self.path, body, dict(self.headers.items()), claims)
        accepted = self.gateway.accept(sent)
        if accepted is None:
            self._write(401 if claims is None else 404, {}, '{"message": "refused by the gateway"}')
            return
        event = accepted[1]
        handler = self.service._function(self.command, event["rawPath"])
        with self.lock:  # an instance of a function serves one request at a time
            answer = handler(event, self.service.context)
        self._write(answer["statusCode"], answer["headers"], answer.get("body") or "")

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _respond  # noqa: N815 - the names of http.server

    def _issue(self, body: bytes) -> None:
        in_form = parse_qs(body.decode()).get("client_secret", [""])[0]
        in_header = b64decode((self.headers.get("Authorization") or "").removeprefix("Basic ")).decode()
        if SECRET not in (in_form, in_header.partition(":")[2]):
            self._write(401, {}, '{"error": "invalid_client"}')
            return
        self.tokens.append(f"token-{len(self.tokens)}")
        self._write(200, {}, json.dumps({"access_token": self.tokens[-1], "expires_in": 3600}))

    def _write(self, status: int, headers: dict[str, str], text: str) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Type" not in headers:
            self.send_header("Content-Type", "application/json")
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of http.server
        """Log nothing."""


@contextmanager
def serving(service: Service, *, tokens: list[str] | None = None, claims_of: ClaimsOf | None = None) -> Generator[str]:
    """Serve the API of a service. Yield its address; the token endpoint has the path TOKEN_PATH below it.

    `tokens` gets each token that the endpoint issues. `claims_of` returns the claims of other tokens, or None.
    """
    parts = {
        "service": service, "gateway": Gateway(), "lock": Lock(), "tokens": [] if tokens is None else tokens,
        "claims_of": staticmethod(claims_of) if claims_of else None,
    }  # fmt: skip
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), parts))
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
