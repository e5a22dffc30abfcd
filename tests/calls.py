"""Which calls to AWS each function makes in the tests, compared with what its role allows.

A call is the function's that made the client: senders work in threads, where no handler is on the stack.
"""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import botocore.client
import botocore.session
import pytest

from tests.translated import PROFILES, Worked, statements

FUNCTIONS = Path(__file__).resolve().parents[1] / "functions"
INTEGRATION = Path(__file__).with_name("integration")
# Not by a call of the function's: who asks the queue is Lambda, and a database is no service with calls.
BY_LAMBDA = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
EVENT_SOURCES = {"deliver", "provider_events"}
SIGN_IN = "rds-db:connect"
# Mends the endpoint of a phone that came back while it was being forgotten: tests/integration/test_device_races.py
# plays SNS itself, to decide who is first.
IN_A_RACE = {
    (function, action)
    for function in ("reaper", "operator")
    for action in ("sns:CreatePlatformEndpoint", "sns:SetEndpointAttributes")
}


def _function_on_the_stack() -> str:
    frame = sys._getframe()
    while frame := frame.f_back:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(FUNCTIONS):
            return path.parent.name
    return ""


def action(service: str, operation: str) -> str:
    """The IAM action that a call needs: those for many are allowed by that for one."""
    return f"{'ses' if service == 'sesv2' else service}:{operation.removesuffix('Batch')}"


@contextmanager
def noted(folder: Path) -> Generator[None]:
    """Note every call of this process that a function's client makes."""
    folder.mkdir(exist_ok=True)
    make: Any = botocore.session.Session.create_client
    call: Any = botocore.client.BaseClient._make_api_call  # pyright: ignore[reportAttributeAccessIssue]
    known: set[str] = set()

    def create_client(session: Any, *args: Any, **options: Any) -> Any:
        client = make(session, *args, **options)
        client.of_function = _function_on_the_stack()
        return client

    def make_api_call(client: Any, operation: str, parameters: Any) -> Any:
        line = f"{getattr(client, 'of_function', '')} {action(client.meta.service_model.service_name, operation)}"
        if line[0] != " " and line not in known:
            known.add(line)
            with (folder / f"{os.getpid()}.txt").open("a") as file:
                file.write(line + "\n")
        return call(client, operation, parameters)

    botocore.session.Session.create_client = create_client  # pyright: ignore[reportAttributeAccessIssue]
    botocore.client.BaseClient._make_api_call = make_api_call  # pyright: ignore[reportAttributeAccessIssue]
    try:
        yield
    finally:
        botocore.session.Session.create_client = make
        botocore.client.BaseClient._make_api_call = call  # pyright: ignore[reportAttributeAccessIssue]


def found(folder: Path) -> dict[str, set[str]]:
    """The actions that each function needed, over all processes of a run."""
    calls: dict[str, set[str]] = {}
    for path in folder.glob("*.txt"):
        for line in path.read_text().splitlines():
            function, _, one = line.partition(" ")
            calls.setdefault(function, set()).add(one)
    return calls


def allowed() -> dict[str, set[str]]:
    """The actions that each function's role allows, in whichever stack."""
    actions: dict[str, set[str]] = {}
    for given in PROFILES.values():
        worked = Worked(given)
        for name, function in worked.resources("AWS::Lambda::Function").items():
            folder = function["Properties"]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
            for statement in statements(worked, f"{name}Role"):
                one = statement["Action"]
                actions.setdefault(folder, set()).update([one] if isinstance(one, str) else one)
    return actions


def needed_without_a_call(function: str) -> set[str]:
    """What a function's role allows although none of its clients ever asks for it here."""
    raced = {one for name, one in IN_A_RACE if name == function}
    return {SIGN_IN} | raced | (BY_LAMBDA if function in EVENT_SOURCES else set[str]())


def faults(calls: dict[str, set[str]], *, everything: bool) -> list[str]:
    """What a function calls and may not; and, where `everything` was tested, what it may and never calls."""
    told: list[str] = []
    for function, may in sorted(allowed().items()):
        made = calls.get(function, set())
        told += [f"{function} calls {one}, which its role does not allow" for one in sorted(made - may)]
        unused = may - made - needed_without_a_call(function)
        told += [f"{function}'s role allows {one}, which it never calls" for one in sorted(unused) if everything]
    return told


class Comparer:
    """Compares when the run is over: in the process that outlives all others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: set[str] = set()
        self._faults: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Which files were tested."""
        self._files.add(Path(report.nodeid.partition("::")[0]).name)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A call that AWS would refuse fails the run, whatever its tests say; and so does a right that nobody needs."""
        calls = found(self._folder)
        if calls:
            everything = {path.name for path in INTEGRATION.glob("test_*.py")} <= self._files
            self._faults = faults(calls, everything=everything)
        if self._faults:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Each fault in a line."""
        for fault in self._faults:
            terminalreporter.write_line(fault, red=True)
