"""A devstack of the benchmark's own: on free ports, with its own folder, ended by its id."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import urllib3

from benchmarks.children import ROOT, ChildFailed
from cli.local import LocalStack
from cli.tokens import fetch_token
from devstack.machine.options import PRODUCER_SCOPE

READY_WITHIN_SECONDS = 400
STOPPED_WITHIN_SECONDS = 300
PORTS = 5


class RunningDevstack:
    """The addresses and tokens of a running devstack."""

    def __init__(self, state: Path) -> None:
        self.data: LocalStack = json.loads((state / "stack.json").read_text())
        self._http = urllib3.PoolManager(maxsize=16, retries=False, timeout=60)
        self._tokens: dict[str, str] = {}

    def request(self, method: str, path: str, body: object = None, *, user: str | None = None) -> Any:
        """Send a request as a person or, without one, as a producer. Return the parsed answer."""
        answer = self._http.request(
            method,
            self.data["api_url"] + path,
            body=None if body is None else json.dumps(body),
            headers={"Authorization": f"Bearer {self._token(user)}", "Content-Type": "application/json"},
        )
        if answer.status >= 400:
            raise ChildFailed(f"{method} {path}: {answer.status} {answer.data.decode()}")
        return answer.json() if answer.data else None

    def emails(self) -> list[dict[str, Any]]:
        """Return all emails that the emulator's SES accepted. `Timestamp` is in seconds."""
        answer = self._http.request("GET", f"{self.data['endpoint_url']}/_ministack/ses/messages").json()
        return [message for account in answer["messages"].values() for message in account]

    def _token(self, user: str | None) -> str:
        name = user or "benchmark"
        if name not in self._tokens:
            scope, client = (PRODUCER_SCOPE, name) if user is None else ("", "")
            self._tokens[name] = fetch_token(self.data["issuer"], name, scope, client, 3600)
        return self._tokens[name]


@contextmanager
def running_devstack() -> Generator[RunningDevstack]:
    """Start a devstack, yield it when it is ready, and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="carillon-bench-", ignore_cleanup_errors=True) as folder:
        state = Path(folder)
        state.chmod(0o755)
        log = state / "up.log"
        env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "POWERTOOLS_"))}
        command = ["up", "--with-parent", "--state", str(state), "--port", str(_free_ports())]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "devstack", *command],
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C must not reach it: the end of this block stops it
            )
        try:
            _wait_until_ready(process, state, log)
            yield RunningDevstack(state)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(STOPPED_WITHIN_SECONDS)


def _wait_until_ready(process: subprocess.Popen[bytes], state: Path, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while not (state / "stack.json").exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise ChildFailed(f"the devstack did not start:\n{log.read_text()}")
        time.sleep(0.2)


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
    raise ChildFailed("there are no five free ports in a row")
