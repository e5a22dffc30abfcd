"""A connection with a delay: a process that passes on everything 0.5 ms after it came, in both directions.

It stands between a client on loopback and the server's Unix socket, as the network stands between a function and RDS.
Each direction delays what it reads and keeps its order, so requests that follow each other do not add up. One thread
waits with `select`, whose timeout has microseconds, and asks the kernel for exact timers. `asyncio` would round up to
a millisecond.

The process answers the orders of benchmarks/children.py. It ends when its stdin ends.
"""

import ctypes
import json
import os
import select
import socket
import statistics
import sys
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from benchmarks.children import Child

CHUNK = 1 << 16
PR_SET_TIMERSLACK = 29  # prctl(2); the default of 50 µs would be a tenth of the delay
PINGS = 300


@dataclass(slots=True)
class Pipe:
    """One direction of a connection: what was read, and when it is due."""

    source: socket.socket
    target: socket.socket
    waiting: deque[tuple[float, bytes]] = field(default_factory=deque[tuple[float, bytes]])


class Proxy:
    """All connections of one proxy."""

    def __init__(self, server: str, delay: float) -> None:
        self.server = server
        self.delay = delay
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.pipes: dict[socket.socket, Pipe] = {}
        self.late = _lateness()

    def run(self, stop: int) -> None:
        """Pass on until the file descriptor `stop` can be read."""
        while True:
            due = min((pipe.waiting[0][0] for pipe in self.pipes.values() if pipe.waiting), default=None)
            timeout = None if due is None else max(due - self.late - time.perf_counter(), 0)
            readable, _, _ = select.select([stop, self.listener, *self.pipes], [], [], timeout)
            now = time.perf_counter()
            for each in readable:
                if each == stop:
                    return
                if each is self.listener:
                    self._accept()
                elif each in self.pipes:
                    self._read(self.pipes[each], now)
            for pipe in list(self.pipes.values()):
                self._pass_on(pipe)

    def _accept(self) -> None:
        client, _ = self.listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server = socket.socket(socket.AF_UNIX)
        server.connect(self.server)
        self.pipes |= {client: Pipe(client, server), server: Pipe(server, client)}

    def _read(self, pipe: Pipe, now: float) -> None:
        try:
            data = pipe.source.recv(CHUNK)
        except OSError:
            data = b""
        if data:
            pipe.waiting.append((now + self.delay, data))
        else:
            self._close(pipe)

    def _pass_on(self, pipe: Pipe) -> None:
        while pipe.waiting and pipe.waiting[0][0] - self.late <= time.perf_counter():
            try:
                pipe.target.sendall(pipe.waiting.popleft()[1])
            except OSError:
                self._close(pipe)
                return

    def _close(self, pipe: Pipe) -> None:
        for each in (pipe.source, pipe.target):
            self.pipes.pop(each, None)
            each.close()
        pipe.waiting.clear()


def _lateness() -> float:
    """Return how many seconds too late the kernel wakes this process: the proxy sets its timers so much earlier."""
    return statistics.median(_timed(lambda: select.select([], [], [], 0.0005)) for _ in range(100)) - 0.0005


def _ask_for_exact_timers() -> None:
    """Ask Linux for exact timers and, if this user may, to be woken before other processes, as a network would be."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0)
        with suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


@contextmanager
def running_proxy(server: Path, delay: float) -> Generator[int]:
    """Run a proxy before a Unix socket in a process of its own, and yield its port on loopback."""
    command: list[str | Path] = [sys.executable, "-m", "benchmarks.proxy"]
    child = Child(command, {"server": str(server), "delay": delay})
    try:
        yield int(child.answer())
    finally:
        child.end()


def overhead(delay: float) -> float:
    """Return how many seconds a round trip takes longer than twice the delay, as a median of pings."""
    echo = socket.socket(socket.AF_UNIX)
    path = Path(f"/tmp/carillon-echo-{os.getpid()}")  # noqa: S108 (a socket's path is short, and it is removed)
    echo.bind(str(path))
    echo.listen()
    Thread(target=_echo, args=[echo], daemon=True).start()
    try:
        with running_proxy(path, delay) as port, socket.create_connection(("127.0.0.1", port)) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return statistics.median(_timed(lambda: _ping(client)) for _ in range(PINGS)) - 2 * delay
    finally:
        path.unlink()
        echo.close()


def _echo(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    while data := connection.recv(CHUNK):
        connection.sendall(data)


def _ping(client: socket.socket) -> None:
    client.sendall(b"x" * 400)
    client.recv(CHUNK)


def _timed(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def main() -> None:
    """Start the proxy that the first line describes, print its port, and run until stdin ends."""
    config = json.loads(sys.stdin.readline())
    _ask_for_exact_timers()
    proxy = Proxy(config["server"], config["delay"])
    print(proxy.listener.getsockname()[1], flush=True)
    proxy.run(sys.stdin.fileno())


if __name__ == "__main__":
    main()
