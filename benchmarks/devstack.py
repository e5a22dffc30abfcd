"""A devstack of the benchmark's own: on free ports, with its own folder, ended by its id."""

import json
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import urllib3

from benchmarks.children import ChildFailed
from cli.local import LocalStack
from cli.tokens import fetch_token
from devstack.machine.options import ALL_SCOPES
from tests.support import own_devstack

READY_WITHIN_SECONDS = 400


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
            scope, client = (ALL_SCOPES, name) if user is None else ("", "")
            self._tokens[name] = fetch_token(self.data["issuer"], name, scope, client, 3600)
        return self._tokens[name]


@contextmanager
def running_devstack() -> Generator[RunningDevstack]:
    """Start a devstack, yield it when it is ready, and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="carillon-bench-", ignore_cleanup_errors=True) as folder:
        state = Path(folder)
        state.chmod(0o755)
        with ExitStack() as stack:
            try:
                stack.enter_context(own_devstack.running_devstack(state, READY_WITHIN_SECONDS))
            except own_devstack.DevstackFailed as error:
                raise ChildFailed(str(error)) from None
            yield RunningDevstack(state)
