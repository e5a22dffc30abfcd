"""The round trips of requests, and lost answers: a proxy before PostgreSQL counts statements and cuts connections."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

import create
import read
from carillon.aws.clients import Connections
from tests.support.environment import Connect
from tests.support.service import Service


class Wire:
    """A loopback proxy that reads PostgreSQL's frontend protocol: one round trip is one Sync or one simple Query.

    With `cut_reply`, it hangs up after the server answered the next statement and before it forwards the answer.
    """

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.trips = 0
        self.connections = 0
        self.cut_reply = False
        self._asked = threading.Event()
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                self.connections += 1
                self._open += [client, server]
                for work in (self._upstream, self._downstream):
                    thread = threading.Thread(target=work, args=(client, server), daemon=True)
                    self._threads.append(thread)
                    thread.start()

    def _upstream(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError, ConnectionError):
            data, started = b"", False
            while received := client.recv(65536):
                data += received
                forward = len(data)
                position = 0
                while len(data) - position >= (5 if started else 4):
                    length = struct.unpack_from("!I", data, position + (1 if started else 0))[0]
                    whole = length + (1 if started else 0)
                    if len(data) - position < whole:
                        break
                    kind = data[position : position + 1] if started else b""
                    if started and kind in (b"S", b"Q"):
                        self.trips += 1
                        if self.cut_reply:
                            self._asked.set()
                    if not started:
                        # The server answers a request for TLS or GSS encryption with one
                        # byte, and another start follows.
                        started = struct.unpack_from("!I", data, position + 4)[0] == 196608
                    position += whole
                server.sendall(data[:position])
                data = data[position:forward]
        self._hang_up(client, server)

    def _downstream(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError, ConnectionError):
            while received := server.recv(65536):
                if self._asked.is_set():
                    # In autocommit the last message of the answer comes after the commit.
                    while received[-6:] != b"Z\x00\x00\x00\x05I":
                        received += server.recv(65536)
                    self._asked.clear()
                    self.cut_reply = False
                    break
                client.sendall(received)
        self._hang_up(client, server)

    @staticmethod
    def _hang_up(*sockets: socket.socket) -> None:
        for each in sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._hang_up(self._listener)
        self._listener.close()
        self._hang_up(*self._open)
        for thread in self._threads:
            thread.join(5)
        for each in self._open:
            each.close()


class QuickQueue:
    """An SQS that accepts all entries at once; moto needs seconds for a hundred batches."""

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, list[dict[str, str]]]:  # noqa: N803
        return {"Successful": [{"Id": entry["Id"]} for entry in Entries]}

    def close(self) -> None:
        """Do nothing: there is no connection."""


@pytest.fixture
def wire(service: Service, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """Route the connections of the service through the proxy."""
    parts = urlsplit(database_url)
    assert parts.hostname
    assert parts.port
    proxy = Wire(parts.hostname, parts.port)
    address = parts._replace(netloc=parts.netloc.replace(f":{parts.port}", f":{proxy.port}")).geturl()
    monkeypatch.setenv("DATABASE_URL", f"{address}?sslmode=disable&gssencmode=disable")
    create.container.cache_clear()
    read.container.cache_clear()
    yield proxy
    create.container().database.close()
    read.container().database.close()
    proxy.close()


@pytest.mark.parametrize("recipients", [1, 1000])
def test_creating_costs_one_round_trip(
    service: Service, connect: Connect, wire: Wire, recipients: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [f"user_{number}" for number in range(recipients)]
    connect().execute(
        """
        INSERT INTO recipients (user_id, email, updated_at)
        SELECT id, id || '@example.com', now() FROM unnest(%s::text[]) AS id
        """,
        [people],
    )
    monkeypatch.setenv("DEFAULT_EMAIL", "all")
    monkeypatch.setattr(create.container().dispatcher, "_sqs", Connections(QuickQueue()))
    first = {"event_name": "a.b", "title": "T", "resource_id": "first", "user_id": "alice"}
    service.call("POST", "/notifications", first, producer="billing")
    assert wire.trips == 2  # the first create of a connection prepares the statement
    wire.trips = 0

    body = {"event_name": "a.b", "title": "T", "severity": "critical", "resource_id": "r", "user_ids": people}
    answer = service.call("POST", "/notifications", body, producer="billing")

    assert (answer.status, answer.json["created"]) == (201, recipients)
    assert wire.trips == 1
    assert wire.connections == 1
    [row] = connect().execute(
        "SELECT count(*) AS n FROM deliveries WHERE dispatched_at IS NOT NULL"
    ).fetchall()  # fmt: skip
    assert row["n"] == recipients
    wire.trips = 0
    service.call("POST", "/notifications", body, producer="billing")
    assert wire.trips == 1  # a repeat needs one round trip too


def test_reading_and_marking_cost_one_round_trip_each(service: Service, wire: Wire) -> None:
    made = service.call("POST", "/notifications", {"event_name": "a.b", "title": "T"}, user="alice").json
    service.call("GET", "/notifications", user="alice")
    for method, path, body in (
        ("GET", "/notifications", None),
        ("GET", "/notifications/unread-count", None),
        ("PATCH", f"/notifications/{made['notification']['id']}", {"read": True}),
        ("PATCH", "/notifications", {"all": True}),
        ("GET", f"/notifications/{made['notification']['id']}/deliveries", None),
    ):
        wire.trips = 0
        assert service.call(method, path, body, user="alice").status == 200
        assert (method, path, wire.trips) == (method, path, 1)


@pytest.mark.parametrize("key", [None, "k"])
def test_an_answer_lost_after_the_commit_leaves_one_notification(
    service: Service, reachable: Callable[..., None], connect: Connect, wire: Wire, key: str | None
) -> None:
    reachable("alice")
    service.call("POST", "/notifications", {"event_name": "a.b", "title": "warm"}, user="bob")
    wire.cut_reply = True
    body = {"user_id": "alice", "event_name": "a.b", "title": "T", "severity": "critical", "idempotency_key": key}

    answer = service.call("POST", "/notifications", body, producer="billing")

    assert wire.cut_reply is False  # the proxy has cut an answer
    assert wire.connections == 2
    assert answer.status == 201  # for its caller it is the first create
    rows = connect().execute("SELECT id, title FROM notifications WHERE user_id = 'alice'").fetchall()
    assert [(str(row["id"]), row["title"]) for row in rows] == [(answer.json["notification"]["id"], "T")]
    [delivery] = connect().execute("SELECT id FROM deliveries").fetchall()

    connect().execute(
        "UPDATE deliveries SET available_at = now() - interval '3 minutes', "
        "dispatched_at = now() - interval '3 minutes'"
    )
    service.reap()
    [message] = service.messages()
    assert json.loads(message["Body"]) == {"delivery_id": str(delivery["id"])}


def test_a_statement_lost_before_it_ran_runs_once(service: Service, connect: Connect, wire: Wire) -> None:
    """The connection broke while the container was frozen."""
    service.call("POST", "/notifications", {"event_name": "a.b", "title": "warm"}, user="alice")
    connect().execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'carillon' AND datname = current_database()"
    )
    answer = service.call("POST", "/notifications", {"event_name": "a.b", "title": "T"}, user="alice")
    assert answer.status == 201
    assert service.call("GET", "/notifications", user="alice").json["unread_count"] == 2
