"""Each finding has a text, a reason, a command and a line of documentation, and each command exists."""

import re
import shlex
import string
import subprocess
import sys
from typing import Any

import botocore.session
import pytest
import typer.main
from botocore import xform_name

from cli.doctor.findings import Finding
from cli.doctor.kinds import Kind, Level
from cli.doctor.texts import KINDS, TOPICS
from cli.main import app
from tests.support.paths import ROOT

SOURCE = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "cli" / "doctor").rglob("*.py")))
PAGE = ROOT / "docs" / "doctor.md"
COMMANDS = [(kind, command) for kind in KINDS.values() for command in re.findall(r"`([^`]+)`", kind.fix)]
AWS = sorted({(kind.code, command) for kind, command in COMMANDS if command.startswith("aws ")})


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_finding_says_what_why_and_what_helps(kind: Kind) -> None:
    for text in (kind.what, kind.why, kind.fix):
        assert text.endswith((".", "{reason}")), text
        assert "|" not in text
    assert re.search(r"`[^`]+`|docs/|[Ff]ollow the link", kind.fix), "no command and no page"
    assert kind.level is not Level.OK
    facts = {name: "x" for text in (kind.what, kind.fix) for _, name, _, _ in string.Formatter().parse(text) if name}
    assert Finding(kind.code, **facts).what


def test_a_code_is_listed_once_and_used() -> None:
    assert sum(len(kinds) for kinds in TOPICS.values()) == len(KINDS)
    for code in KINDS:
        assert len(re.findall(rf'"{code}"', SOURCE)) >= 2, f"no check finds {code}"


def test_the_page_is_made_from_the_texts() -> None:
    result = subprocess.run([sys.executable, ROOT / "bin" / "vocabularies", "--check"], capture_output=True, text=True)
    assert result.returncode == 0, f"run .venv/bin/python bin/vocabularies: {result.stdout}{result.stderr}"
    page = PAGE.read_text("utf-8")
    assert all(f"| `{code}` | {kind.level} |" in page for code, kind in KINDS.items())


@pytest.mark.parametrize(("code", "command"), AWS)
def test_a_command_of_aws_names_an_operation_and_its_parameters(code: str, command: str) -> None:
    _, service, operation, *options = shlex.split(command)
    if service == "configure":  # of the command line alone
        return
    model = botocore.session.get_session().get_service_model(service)
    if operation == "wait":
        waiters = botocore.session.get_session().get_waiter_model(service).waiter_names
        assert options[0] in {xform_name(name, "-") for name in waiters}
        return
    [found] = [name for name in model.operation_names if xform_name(name, "-") == operation]
    shape: Any = model.operation_model(found).input_shape
    known = {xform_name(name, "-") for name in shape.members}
    given = {option.removeprefix("--") for option in options if option.startswith("--")}
    given = {"endpoint" if option == "notification-endpoint" else option for option in given}  # sns subscribe
    assert given <= known, f"{code}: {given - known}"


def test_a_command_of_carillon_exists() -> None:
    group: Any = typer.main.get_command(app)
    for kind, command in COMMANDS:
        if command.startswith("carillon "):
            assert command.split()[1] in group.commands, kind.code


def test_a_page_and_its_section_exist() -> None:
    for kind in KINDS.values():
        for page, section in re.findall(r"docs/([a-z-]+\.md)(?:#([a-z-]+))?", kind.why + kind.fix):
            text = (ROOT / "docs" / page).read_text("utf-8")
            headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
            assert not section or section in headings, f"{kind.code}: {page}#{section}"


def test_a_test_makes_each_finding() -> None:
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests" / "unit" / "cli" / "doctor").glob("*.py"))
    assert [code for code in KINDS if f'"{code}"' not in tests] == []
