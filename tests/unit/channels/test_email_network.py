"""Outcomes of network errors. They depend on whether a request was sent, and one attempt is one request."""

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from carillon.aws import clients
from carillon.channels import EmailChannel
from carillon.models.delivery import OutcomeKind
from tests.support.delivery_samples import SETTINGS, delivery

type Answer = Callable[[socket.socket], bool]
"""A function that answers one request on a connection. It returns True if the connection stays open."""


class Server:
    """A loopback HTTP server that answers by script and counts the complete requests."""

    def __init__(self) -> None:
        self.requests = 0
        self.connections = 0
        self.answer: Answer = respond(200, b'{"MessageId": "0107-1"}')
        self.stopping = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def stop(self) -> None:
        self.stopping.set()
        socket.create_connection(("127.0.0.1", self.port)).close()  # ends the wait in accept()
        self._thread.join(10)
        self._listener.close()

    def _accept(self) -> None:
        threads: list[threading.Thread] = []
        while True:
            connection, _ = self._listener.accept()
            if self.stopping.is_set():
                connection.close()
                break
            self.connections += 1
            threads.append(threading.Thread(target=self._serve, args=(connection,)))
            threads[-1].start()
        for thread in threads:
            thread.join(10)

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        with connection:
            while self._read_request(connection) and self.answer(connection):
                pass

    def _read_request(self, connection: socket.socket) -> bool:
        data = b""
        try:
            while b"\r\n\r\n" not in data:
                if not (chunk := connection.recv(65536)):
                    return False
                data += chunk
            head, _, body = data.partition(b"\r\n\r\n")
            length = next(
                int(v) for k, _, v in (h.partition(b":") for h in head.split(b"\r\n")) if k.lower() == b"content-length"
            )
            while len(body) < length:
                body += connection.recv(65536)
        except OSError:
            return False
        self.requests += 1
        return True


def respond(status: int, body: bytes, *, length: int | None = None, keep: bool = True) -> Answer:
    def answer(connection: socket.socket) -> bool:
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length or len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body)
        return keep

    return answer


def hang_up(_: socket.socket) -> bool:
    return False


def talk_nonsense(connection: socket.socket) -> bool:
    connection.sendall(b"nonsense\r\n\r\n")
    return False


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.port}")
    yield server
    server.stop()


def channel(timeout: float = 0.3) -> EmailChannel:
    return EmailChannel(SETTINGS, clients.client("sesv2", timeout_seconds=timeout))


def test_an_email_answered_in_time_is_sent_once(server: Server) -> None:
    assert channel(5).send(delivery()).provider_message_ids == ("0107-1",)
    assert server.requests == 1


def test_a_read_timeout_is_unknown_after_one_request(server: Server) -> None:
    server.answer = lambda _: not server.stopping.wait(5)
    outcome = channel(0.3).send(delivery())
    assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, "read_timeout")
    assert server.requests == 1


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (hang_up, "connection_lost"),
        (respond(500, b"{}"), "500"),
        (respond(503, b"<html>Service Unavailable</html>"), "503"),
        (respond(200, b'{"Message', length=500, keep=False), "no_definite_answer"),
        (respond(200, b"not json at all"), "no_definite_answer"),
        (respond(200, b"{}"), "no_definite_answer"),
        (talk_nonsense, "connection_lost"),
    ],
    ids=["hung up", "500", "503 page", "cut short", "not json", "no message id", "not http"],
)
def test_an_unclear_answer_is_unknown_after_one_request(server: Server, answer: Answer, code: str) -> None:
    server.answer = answer
    outcome = channel(5).send(delivery())
    assert (outcome.kind, outcome.code) == (OutcomeKind.UNKNOWN, code)
    assert server.requests == 1


def test_a_refusal_in_an_http_answer_is_definite(server: Server) -> None:
    server.answer = respond(400, b'{"__type": "com.amazonaws.sesv2#SendingPausedException", "message": "Paused."}')
    outcome = channel(5).send(delivery())
    assert (outcome.kind, outcome.code, outcome.pause_seconds) == (OutcomeKind.THROTTLED, "sending_paused", 300)
    assert server.requests == 1


def test_a_refused_connection_is_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    outcome = channel().send(delivery())
    assert (outcome.kind, outcome.code) == (OutcomeKind.RETRY, "no_connection")


def test_a_connect_timeout_is_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:  # once its queue is full, the kernel answers no further connection
            each.setblocking(False)
            each.connect_ex(full.getsockname())
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{full.getsockname()[1]}")
        outcome = channel(0.3).send(delivery())
        for each in waiting:
            each.close()
    assert (outcome.kind, outcome.code) == (OutcomeKind.RETRY, "connect_timeout")


def test_a_failed_tls_handshake_is_unknown(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://127.0.0.1:{server.port}")
    outcome = channel(0.5).send(delivery())
    assert outcome.kind is OutcomeKind.UNKNOWN
    assert server.requests == 0


def test_a_parameter_that_botocore_refuses_is_rejected_without_a_request(server: Server) -> None:
    outcome = channel(5).send(delivery().model_copy(update={"email": ("alice@example.com",)}))
    assert (outcome.kind, outcome.code) == (OutcomeKind.REJECTED, "invalid_request")
    assert "alice" not in (outcome.detail or "")
    assert server.requests == 0


def test_an_idle_connection_is_replaced(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other end may close a connection while the container is frozen, and the request would be lost."""
    now = 1_000_000.0
    monkeypatch.setattr("carillon.aws.clients.time.time", lambda: now)
    one = channel(5)
    for seconds, connections in ((0, 1), (clients.IDLE_SECONDS - 1, 1), (clients.IDLE_SECONDS, 2), (-3600, 3)):
        now += seconds
        assert one.send(delivery()).kind is OutcomeKind.SENT
        assert server.connections == connections


def test_a_client_makes_one_attempt() -> None:
    config: Any = clients.client("sqs", timeout_seconds=7.5, pool=3).meta.config
    assert config.retries["total_max_attempts"] == 1
    assert (config.connect_timeout, config.read_timeout, config.max_pool_connections) == (2.0, 7.5, 3)
