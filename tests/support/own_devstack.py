"""A devstack of one's own, for the end-to-end tests and the benchmarks: on free ports, with its own folder."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.support.paths import ROOT

READY_WITHIN_SECONDS = 300
STOPPED_WITHIN_SECONDS = 300  # it deletes the thousands of files that the functions' workers unpacked
PORTS = 5


class DevstackFailed(Exception):
    """The devstack did not start. The message has what it printed."""


@contextmanager
def running_devstack(state: Path, ready_within_seconds: float = READY_WITHIN_SECONDS) -> Generator[None]:
    """Start a devstack with its files in `state`. Yield when it is ready, and stop it at the end.

    Raises:
        DevstackFailed: it ended, or was not ready within `ready_within_seconds`.
    """
    log = state / "up.log"
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "POWERTOOLS_"))}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "devstack", "up", "--with-parent", "--state", state, "--port", str(_free_ports())],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C must not reach it: the end of this block stops it
        )
    try:
        deadline = time.monotonic() + ready_within_seconds
        while not (state / "stack.json").exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise DevstackFailed(f"The devstack did not start:\n{log.read_text()}")
            time.sleep(0.2)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOPPED_WITHIN_SECONDS)


def _free_ports() -> int:
    """Return the first of five free ports in a row, below the range that the system assigns by itself."""
    for first in range(20_000 + os.getpid() % 8_000, 32_000, PORTS):
        with ExitStack() as sockets:
            try:
                for port in range(first, first + PORTS):
                    sockets.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise DevstackFailed("There are no five free ports in a row.")
