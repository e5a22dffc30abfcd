"""The calls to AWS that each function makes in the tests, compared with the permissions of its role.

A call belongs to the function that created the client, because senders run in threads without a handler on the stack.
"""

import os
import re
import sys
from argparse import Namespace
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from email.utils import parseaddr
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import botocore.client
import botocore.session
import pytest

from tests.support.aws_models import faults_of
from tests.support.paths import ROOT
from tests.support.translated_template import ACCOUNT, PROFILES, Worked, listed, statements

IN_FUNCTIONS = f"{ROOT / 'functions'}{os.sep}"
INTEGRATION = ROOT / "tests" / "integration"
# Lambda makes these calls for a function, not the function itself.
BY_LAMBDA = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
EVENT_SOURCES = {"deliver", "provider_events", "live_hints"}
SIGN_IN = "rds-db:connect"  # a sign-in to the database is not a call of a client
# Requests that a function signs itself, because AWS has no client for them: tests/integration/functions/
# test_live_hints.py receives and checks them.
BY_ITSELF = {"live_hints": {"appsync:EventPublish"}}
# These calls recreate the endpoint of a phone that was registered while the reaper deleted it. The test of that race
# simulates SNS itself, to choose the order: tests/integration/people/test_device_races.py.
IN_A_RACE = {
    (function, action)
    for function in ("reaper", "operator")
    for action in ("sns:CreatePlatformEndpoint", "sns:SetEndpointAttributes")
}

# An IAM action, and the ARN of its resource or a pattern of ARNs.
type Right = tuple[str, str]


def _function_on_the_stack() -> str:
    frame = sys._getframe()
    while frame := frame.f_back:
        if frame.f_code.co_filename.startswith(IN_FUNCTIONS):
            return Path(frame.f_code.co_filename).parent.name
    return ""


def action(service: str, operation: str) -> str:
    """Return the IAM action of a call. A batch needs the action of a single call."""
    return f"{'ses' if service == 'sesv2' else service}:{operation.removesuffix('Batch')}"


def resources(service: str, parameters: dict[str, Any]) -> list[str]:
    """Return the ARNs that IAM checks for a call; `*` if its action has no resources."""
    match service, parameters:
        case "sqs", {"QueueUrl": str(url)}:
            return [f"arn:aws:sqs:{ACCOUNT}:{url.rpartition('/')[2]}"]
        case "sesv2", {"FromEmailAddress": str(sender)}:
            chosen = parameters.get("ConfigurationSetName")
            sets = [f"arn:aws:ses:{ACCOUNT}:configuration-set/{chosen}"] if chosen else []
            return [f"arn:aws:ses:{ACCOUNT}:identity/{parseaddr(sender)[1]}", *sets]
        case "secretsmanager", {"SecretId": str(arn)}:
            return [re.sub(r"-\w{6}$", "", arn)]  # without the suffix that AWS adds to the name of a secret
        case "sns", {"TargetArn": arn} | {"EndpointArn": arn} | {"PlatformApplicationArn": arn}:
            return [arn]
        case _:
            return ["*"]


@contextmanager
def record_calls(folder: Path) -> Generator[None]:
    """Record every call that a function's client makes in this process."""
    folder.mkdir(exist_ok=True)
    known: set[str] = set()

    def record(function: str, service: str, operation: str, parameters: dict[str, Any]) -> None:
        for arn in resources(service, parameters) if function else []:
            line = f"{function} {action(service, operation)} {arn}"
            if line not in known:
                known.add(line)
                with (folder / f"{os.getpid()}.txt").open("a") as file:
                    file.write(line + "\n")

    with watched_calls(record):
        yield


@contextmanager
def watched_calls(watch: Callable[[str, str, str, dict[str, Any]], None]) -> Generator[None]:
    """Call `watch(function, service, operation, parameters)` before each call of a client in this process.

    The function is empty if no function created the client.
    """
    make: Any = botocore.session.Session.create_client
    call: Any = botocore.client.BaseClient._make_api_call  # pyright: ignore[reportAttributeAccessIssue]

    def create_client(session: Any, *args: Any, **options: Any) -> Any:
        client = make(session, *args, **options)
        client.of_function = _function_on_the_stack()
        return client

    def make_api_call(client: Any, operation: str, parameters: Any) -> Any:
        service = client.meta.service_model
        if of_function := getattr(client, "of_function", ""):
            faults = faults_of(service.operation_model(operation), parameters)
            assert not faults, f"AWS would refuse the call: {faults}"
        watch(of_function, service.service_name, operation, parameters)
        return call(client, operation, parameters)

    botocore.session.Session.create_client = create_client  # pyright: ignore[reportAttributeAccessIssue]
    botocore.client.BaseClient._make_api_call = make_api_call  # pyright: ignore[reportAttributeAccessIssue]
    try:
        yield
    finally:
        botocore.session.Session.create_client = make
        botocore.client.BaseClient._make_api_call = call  # pyright: ignore[reportAttributeAccessIssue]


def read_rights(folder: Path) -> dict[str, set[Right]]:
    """Return the rights that each function needed, in all processes of a run."""
    calls: dict[str, set[Right]] = {}
    for path in folder.glob("*.txt"):
        for line in path.read_text().splitlines():
            function, one, arn = line.split(" ", 2)
            calls.setdefault(function, set()).add((one, arn))
    return calls


def read_actions(folder: Path) -> dict[str, set[str]]:
    """Return the actions that each function needed."""
    return {function: {one for one, _ in rights} for function, rights in read_rights(folder).items()}


def allowed_rights() -> dict[str, set[Right]]:
    """Return the rights of each function's role, over all kinds of stacks."""
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
    """Return the actions that a role must allow although no client calls them in the tests."""
    raced = {one for name, one in IN_A_RACE if name == function}
    return {SIGN_IN} | raced | BY_ITSELF.get(function, set()) | (BY_LAMBDA if function in EVENT_SOURCES else set[str]())


def find_faults(calls: dict[str, set[Right]], *, everything: bool) -> list[str]:
    """Return the calls without a right and, if `everything` was tested, the rights without a call."""
    found: list[str] = []
    for function, may in sorted(allowed_rights().items()):
        needed, spared = calls.get(function, set()), needed_without_a_call(function)
        refused = {right for right in needed if not any(covers(one, right) for one in may)}
        found += [f"{function} calls {one} on {arn}, which its role does not allow" for one, arn in sorted(refused)]
        # Tests have phones of one platform, because both have the same policy (test_template_translated.py). A value
        # that only AWS knows cannot be compared.
        alike = {(one, arn.replace("/APNS/", "/GCM/")) for one, arn in may if one not in spared and "${" not in arn}
        unused = {one for one in alike if not any(covers(one, right) for right in needed)}
        found += [
            f"{function}'s role allows {one} on {arn}, which it never calls"
            for one, arn in sorted(unused)
            if everything
        ]
    return found


def covers(pattern: Right, right: Right) -> bool:
    """Return True if the pattern allows the right, as IAM compares them."""
    return pattern[0] == right[0] and fnmatchcase(right[1], pattern[1])


def selects_tests(options: Namespace, arguments: Sequence[str]) -> bool:
    """Return True if a command line may select some tests of a file, such as `-k claim`."""
    selections = ("keyword", "markexpr", "deselect", "lf", "stepwise")
    return any(getattr(options, name, None) for name in selections) or any("::" in each for each in arguments)


class Comparer:
    """A pytest plugin that compares calls and rights at the end of a run, in its main process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: set[Path] = set()
        self._faults: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the paths of the tested files."""
        self._files.add(ROOT / report.nodeid.partition("::")[0])

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail the run if a call has no right, or a right has no call."""
        calls = read_rights(self._folder)
        if calls:
            everything = self._files >= set(INTEGRATION.rglob("test_*.py")) and not selects_tests(
                session.config.option, session.config.args
            )
            self._faults = find_faults(calls, everything=everything)
        if self._faults:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print each fault on its own line."""
        for fault in self._faults:
            terminalreporter.write_line(fault, red=True)
