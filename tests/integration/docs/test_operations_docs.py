"""Each command of docs/operations.md: the tests run `carillon`, and check `aws` against its own service models."""

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

import operate
from carillon.aws.suppressions import SuppressionList
from cli.main import app
from tests.support.command_line import Command, command_on
from tests.support.environment import Connect
from tests.support.operator_function import operator_function
from tests.support.paths import ROOT
from tests.support.service import Service
from tests.support.suppression_list import Ses

PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
BLOCKS = re.findall(r"^ *```sh\n(.*?)^ *```$", PAGE, re.MULTILINE | re.DOTALL)
LINES = [line.strip() for block in BLOCKS for line in block.splitlines() if line.strip()]
ROWS = "\n".join(re.findall(r"^\| .*\|$", PAGE, re.MULTILINE))
IN_TABLES = re.findall(r"`(carillon [^`]+)`", ROWS)
# 0, or 1 if there is nothing to find: never wrong usage or an unreachable stack.
MAY_FIND_NOTHING = {"resume", "cancel", "smoke", "unsuppress", "retry"}


@pytest.fixture
def carillon(
    service: Service, monkeypatch: pytest.MonkeyPatch, reachable: Callable[..., None], tmp_path: Path
) -> Iterator[Command]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cli.checks.POLL_SECONDS", 0)
    monkeypatch.setattr("cli.gate.status_without_token", {"https://api.example.com": 401}.__getitem__)
    monkeypatch.setattr(operate, "suppressions", lambda: SuppressionList(Ses()))
    reachable("alice")
    with operator_function():
        command = command_on(service, monkeypatch, ApiUrl="https://api.example.com")
        command.functions.before = lambda action: service.deliver() if action == "trace" else None
        yield command


def oldest_key(connect: Connect) -> str:
    [row] = connect().execute("SELECT id FROM signing_keys ORDER BY created_at LIMIT 1").fetchall()
    return str(row["id"])


def test_each_command_of_the_runbook_succeeds(carillon: Command, service: Service, connect: Connect) -> None:
    commands = IN_TABLES + [line for line in LINES if line.startswith("carillon ")]  # the last command erases her
    assert len(commands) > 40
    made = ""
    for event, severity in (("job.failed", "warning"), ("invoice.created", "warning"), ("sync.broken", "critical")):
        body = {"user_id": "alice", "event_name": event, "title": "T", "severity": severity}
        made = service.call("POST", "/notifications", body, producer="app").json["notification"]["id"]
    for line in commands:
        words = shlex.split(line.replace("$NOTIFICATION_ID", made).replace("$KEY_ID", oldest_key(connect)))
        result = carillon(*words[1:])
        allowed = {0, 1} if words[1] in MAY_FIND_NOTHING else {0}
        assert result.exit_code in allowed, f"{line}: {result.output}"


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("aws ")])
def test_an_aws_command_names_an_operation_and_its_parameters(line: str) -> None:
    _, service, operation, *options = shlex.split(line)
    model = botocore.session.get_session().get_service_model(service)
    [found] = [name for name in model.operation_names if xform_name(name, "-") == operation]
    shape: Any = model.operation_model(found).input_shape
    known = {xform_name(name, "-"): member for name, member in shape.members.items()}
    given = {option.removeprefix("--") for option in options if option.startswith("--")}
    given = {name.removeprefix("no-") if name not in known else name for name in given}
    assert given <= set(known), given - set(known)
    assert {xform_name(name, "-") for name in shape.required_members} <= given


def test_the_page_has_each_command_and_only_commands() -> None:
    import typer.main

    group: Any = typer.main.get_command(app)
    commands = {
        f"{name} {below}" if hasattr(command, "commands") else name
        for name, command in group.commands.items()
        for below in getattr(command, "commands", [""])
    }
    # Other pages have these: docs/devstack.md, cost.md, doctor.md, templates.md, from-pinpoint.md and deploy.md.
    others = {"token", "cost", "doctor", "preview", "import pinpoint", "init", "parameters", "deploy", "teardown"}
    missing = {name for name in commands - others if f"carillon {name}" not in PAGE}
    assert not missing
    assert all(line.startswith(("carillon ", "aws ", "export ")) for line in LINES)
