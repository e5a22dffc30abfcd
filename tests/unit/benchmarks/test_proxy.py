"""The proxy with a delay: it passes on everything, unchanged and in order, on each of its connections."""

import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.proxy import running_proxy

DELAY = 0.001


def echo(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=answer, args=[connection], daemon=True).start()


def answer(connection: socket.socket) -> None:
    with connection:
        while data := connection.recv(1 << 16):
            connection.sendall(data)


@pytest.fixture
def port() -> Iterator[int]:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        path = Path(folder) / "echo"
        listener.bind(str(path))
        listener.listen()
        threading.Thread(target=echo, args=[listener], daemon=True).start()
        with running_proxy(path, DELAY) as port:
            yield port
        listener.shutdown(socket.SHUT_RDWR)


def receive(client: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size and (data := client.recv(1 << 16)):
        received += data
    return received


def test_large_messages_arrive_unchanged_and_in_order(port: int):
    sent = os.urandom(100_000)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        threading.Thread(target=client.sendall, args=[sent], daemon=True).start()
        assert receive(client, len(sent)) == sent


def test_connections_do_not_mix(port: int):
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as one,
        socket.create_connection(("127.0.0.1", port), timeout=10) as other,
    ):
        for number in range(5):
            one.sendall(b"one %d" % number)
            other.sendall(b"two %d" % number)
            assert receive(one, 5) == b"one %d" % number
            assert receive(other, 5) == b"two %d" % number


def test_a_closed_connection_closes_the_other_side_and_the_proxy_goes_on(port: int):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as first:
        first.sendall(b"first")
        assert receive(first, 5) == b"first"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as second:
        second.sendall(b"second")
        assert receive(second, 6) == b"second"
