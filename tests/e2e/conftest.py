"""A devstack for these tests. It has its own ports and state, and shares the builds with a devstack that runs."""

import json
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from cli.local import LocalStack
from cli.tokens import fetch_token
from tests.support.environment import log_dir, memory_dir
from tests.support.own_devstack import DevstackFailed, running_devstack

TAIL = 60  # lines of a log
ALL_SCOPES = "carillon/send carillon/recipients carillon/erase carillon/export"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker("e2e")
            item.add_marker(pytest.mark.xdist_group("e2e"))  # with --dist loadgroup, one worker runs all of them


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the end of the devstack's logs to the report of a failed test."""
    report = yield
    running = getattr(item, "funcargs", {}).get("stack")
    if report.failed and running is not None:
        report.sections.append(("the end of the devstack's logs", running.log_tails()))
    return report


@dataclass(frozen=True)
class Answer:
    """The answer to an HTTP request, with its parsed body."""

    status: int
    headers: urllib3.HTTPHeaderDict
    body: Any


class Stack:
    """A running devstack, for tests. `data` is the content of the stack.json in its `state` folder."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.data: LocalStack = json.loads((state / "stack.json").read_text())
        self._http = urllib3.PoolManager(maxsize=8, retries=False, timeout=60)

    def token(self, user: str, scope: str = "", client_id: str = "", expires_in: int = 3600) -> str:
        """Return a token of the local issuer. `expires_in` is in seconds."""
        return fetch_token(self.data["issuer"], user, scope, client_id, expires_in)

    def producer_token(self, client_id: str = "tests") -> str:
        """Return a token that may notify others."""
        return self.token(client_id, ALL_SCOPES, client_id)

    def printed(self) -> str:
        """Return what the devstack has printed."""
        return (self.state / "up.log").read_text()

    def request(
        self,
        method: str,
        path: str,
        token: str | None = None,
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send a request to the API with a JSON body, and return the answer."""
        all_headers = dict(headers or {})
        if token is not None:
            all_headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            all_headers["Content-Type"] = "application/json"
        raw = self._http.request(
            method, self.data["api_url"] + path, body=None if body is None else json.dumps(body), headers=all_headers
        )
        return Answer(raw.status, raw.headers, raw.json() if raw.data else None)

    def emails(self, to: str | None = None) -> list[dict[str, Any]]:
        """Return the emails that were sent so far, the oldest first: all of them, or those to one address."""
        answer = self._http.request("GET", f"{self.data['endpoint_url']}/_ministack/ses/messages").json()
        messages = [message for account in answer["messages"].values() for message in account]
        return [message for message in messages if to is None or to in message["To"]]

    def aws(self, service: str) -> Any:
        """Return a boto3 client of the emulator."""
        session: Any = boto3.Session("test", "test", region_name=self.data["region"])
        return session.client(service, endpoint_url=self.data["endpoint_url"])

    def database(self) -> psycopg.Connection[Any]:
        """Return a new connection in autocommit mode. The caller closes it."""
        return psycopg.connect(self.data["database_url"], autocommit=True)

    def logged(self) -> list[str]:
        """Return everything that the functions have logged and printed, the oldest line first."""
        group = f"/{self.data['stack_name']}/functions"
        pages = self.aws("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        events = [(event["timestamp"], event["message"].rstrip()) for page in pages for event in page["events"]]
        return [message for _, message in sorted(events, key=lambda event: event[0])]

    def log_tails(self) -> str:
        """Return the last lines of the emulator's log and of the functions' log."""
        emulator = (self.state / "logs" / "emulator.log").read_text("utf-8", "replace").splitlines()
        try:
            functions = self.logged()
        except (BotoCoreError, ClientError) as error:
            functions = [f"The functions' log cannot be read: {error}"]
        return "\n".join([*emulator[-TAIL:], "", *functions[-TAIL:]])

    def wait_for[Found](self, look: Callable[[], Found], seconds: float, what: str) -> Found:
        """Call `look` until it returns something true, and return that. Fail after `seconds`."""
        deadline = time.monotonic() + seconds
        while not (found := look()):
            assert time.monotonic() < deadline, f"no {what} within {seconds} s"
            time.sleep(0.05)  # poll, because the emulator has no way to wait for an email
        return found


@pytest.fixture(scope="session")
def state() -> Iterator[Path]:
    """Yield a folder that PostgreSQL's system user can reach. Other users cannot reach pytest's own folders.

    The functions' workers unpack thousands of files into it. On a busy disk, the devstack deletes them for minutes.
    """
    memory = memory_dir(programs=True)
    with tempfile.TemporaryDirectory(prefix="carillon-e2e-", dir=memory, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def stack(state: Path) -> Iterator[Stack]:
    with ExitStack() as devstack:
        try:
            devstack.enter_context(running_devstack(state))
        except DevstackFailed as error:
            pytest.fail(str(error), pytrace=False)
        running = Stack(state)
        yield running
        # The end of the run checks these lines together with all others: tests/support/log_leaks.py.
        (log_dir() / "functions.log").write_text("\n".join(["--- tests/e2e", *running.logged()]) + "\n")
