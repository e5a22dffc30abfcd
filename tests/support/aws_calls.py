"""Which calls to AWS each function makes in the tests, compared with what its role allows.

A call is the function's that made the client: senders work in threads, where no handler is on the stack.
"""

import os
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from email.utils import parseaddr
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import botocore.client
import botocore.session
import pytest

from tests.support.paths import ROOT
from tests.support.translated_template import ACCOUNT, PROFILES, Worked, listed, statements

FUNCTIONS = ROOT / "functions"
INTEGRATION = ROOT / "tests" / "integration"
# Not by a call of the function's: who asks the queue is Lambda, and a database is no service with calls.
BY_LAMBDA = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
EVENT_SOURCES = {"deliver", "provider_events"}
SIGN_IN = "rds-db:connect"
# Repairs the endpoint of a phone that came back while it was being forgotten.
# tests/integration/people/test_device_races.py plays SNS itself, to decide who is first.
IN_A_RACE = {
    (function, action)
    for function in ("reaper", "operator")
    for action in ("sns:CreatePlatformEndpoint", "sns:SetEndpointAttributes")
}

type Right = tuple[
    str, str
]  # an IAM action, and the ARN that it is about, or the pattern of those that it may be about


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


def resources(service: str, parameters: dict[str, Any]) -> list[str]:
    """The ARNs that IAM is asked about for a call; `*` where its action knows none."""
    match service, parameters:
        case "sqs", {"QueueUrl": str(url)}:
            return [f"arn:aws:sqs:{ACCOUNT}:{url.rpartition('/')[2]}"]
        case "sesv2", {"FromEmailAddress": str(sender)}:
            chosen = parameters.get("ConfigurationSetName")
            sets = [f"arn:aws:ses:{ACCOUNT}:configuration-set/{chosen}"] if chosen else []
            return [f"arn:aws:ses:{ACCOUNT}:identity/{parseaddr(sender)[1]}", *sets]
        case "secretsmanager", {"SecretId": str(arn)}:
            return [re.sub(r"-\w{6}$", "", arn)]  # without what AWS adds to a secret's name
        case "sns", {"TargetArn": arn} | {"EndpointArn": arn} | {"PlatformApplicationArn": arn}:
            return [arn]
        case _:
            return ["*"]


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
        service, function = client.meta.service_model.service_name, getattr(client, "of_function", "")
        for arn in resources(service, parameters) if function else []:
            line = f"{function} {action(service, operation)} {arn}"
            if line not in known:
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


def found(folder: Path) -> dict[str, set[Right]]:
    """The rights that each function needed, over all processes of a run."""
    calls: dict[str, set[Right]] = {}
    for path in folder.glob("*.txt"):
        for line in path.read_text().splitlines():
            function, one, arn = line.split(" ", 2)
            calls.setdefault(function, set()).add((one, arn))
    return calls


def made(folder: Path) -> dict[str, set[str]]:
    """The actions alone."""
    return {function: {one for one, _ in rights} for function, rights in found(folder).items()}


def allowed() -> dict[str, set[Right]]:
    """The rights that each function's role gives, in whichever stack."""
    rights: dict[str, set[Right]] = {}
    for given in PROFILES.values():
        worked = Worked(given)
        for name, function in worked.resources("AWS::Lambda::Function").items():
            folder = function["Properties"]["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
            for statement in statements(worked, f"{name}Role"):
                each = {(one, worked.arn(about)) for one in listed(statement["Action"])
                        for about in listed(statement["Resource"])}  # fmt: skip
                rights.setdefault(folder, set()).update(each)
    return rights


def needed_without_a_call(function: str) -> set[str]:
    """What a function's role allows although none of its clients ever asks for it here."""
    raced = {one for name, one in IN_A_RACE if name == function}
    return {SIGN_IN} | raced | (BY_LAMBDA if function in EVENT_SOURCES else set[str]())


def faults(calls: dict[str, set[Right]], *, everything: bool) -> list[str]:
    """What a function calls and may not; and, where `everything` was tested, what it may and never calls."""
    told: list[str] = []
    for function, may in sorted(allowed().items()):
        needed, spared = calls.get(function, set()), needed_without_a_call(function)
        refused = {right for right in needed if not any(covers(one, right) for one in may)}
        told += [f"{function} calls {one} on {arn}, which its role does not allow" for one, arn in sorted(refused)]
        # Tests have phones of one platform: both have the same policy (test_template_translated.py). And what only AWS
        # knows cannot be compared.
        alike = {(one, arn.replace("/APNS/", "/GCM/")) for one, arn in may if one not in spared and "${" not in arn}
        unused = {one for one in alike if not any(covers(one, right) for right in needed)}
        told += [
            f"{function}'s role allows {one} on {arn}, which it never calls"
            for one, arn in sorted(unused)
            if everything
        ]
    return told


def covers(pattern: Right, right: Right) -> bool:
    """Whether IAM, asked for one right, finds it in the pattern."""
    return pattern[0] == right[0] and fnmatchcase(right[1], pattern[1])


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
            everything = {path.name for path in INTEGRATION.rglob("test_*.py")} <= self._files
            self._faults = faults(calls, everything=everything)
        if self._faults:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Each fault in a line."""
        for fault in self._faults:
            terminalreporter.write_line(fault, red=True)
