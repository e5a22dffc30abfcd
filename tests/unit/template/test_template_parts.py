"""bin/template joins the parts in template/ into template.yaml, and a function's part has its permissions."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.template import TEMPLATE, actions, functions, load, properties, template

ROOT = TEMPLATE.parent
PARTS = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in (ROOT / "template").rglob("*.yaml")}
HOMES = {name: part for part, text in PARTS.items() for name in load(text).get("Resources", {})}
SHARED = "template/functions/shared.yaml"

type Change = Callable[[Path], object]


def run(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, root / "bin" / "template", *words], capture_output=True, text=True)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a project that has only the template."""
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / "bin" / "template", tmp_path / "bin")
    shutil.copytree(ROOT / "template", tmp_path / "template")
    shutil.copy(TEMPLATE, tmp_path)
    return tmp_path


def append(part: str, text: str) -> Change:
    def change(root: Path) -> None:
        with (root / "template" / part).open("a", encoding="utf-8") as file:
            file.write(text)

    return change


def replace(part: str, text: str) -> Change:
    return lambda root: (root / "template" / part).write_text(text, "utf-8")


def test_the_committed_template_is_up_to_date() -> None:
    completed = run(ROOT, "--check")
    assert (completed.returncode, completed.stderr) == (0, "")


def test_an_outdated_template_is_refused_and_can_be_written_again(copy: Path) -> None:
    target = copy / "template.yaml"
    joined = target.read_text("utf-8")
    lines = joined.splitlines(keepends=True)
    target.write_text("".join([*lines[:99], "# by hand\n", *lines[100:]]), "utf-8")

    completed = run(copy, "--check")

    assert completed.returncode == 1
    assert completed.stderr == (
        "template.yaml differs from the joined parts in template/, from line 100 on. Run bin/template.\n"
    )
    assert run(copy).returncode == 0
    assert target.read_text("utf-8") == joined


def test_comments_of_parts_are_in_the_template(copy: Path) -> None:
    append("queues.yaml", "\n  # Kept.\n")(copy)
    assert run(copy).returncode == 0
    assert "\n  # Kept.\n" in (copy / "template.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            append("queues.yaml", "\n  UserPool:\n    Type: AWS::SQS::Queue\n"),
            "Resources.UserPool is in template/queues.yaml and again in template/sign-in.yaml.",
        ),
        (
            append("queues.yaml", "\n  Deliveries:\n    Type: AWS::SQS::Queue\n"),
            "Resources.Deliveries is in template/queues.yaml and again in template/queues.yaml.",
        ),
        (
            replace("parameters.yaml", "# Two.\n\nDescription: another\n"),
            "Description is in template/head.yaml and again in template/parameters.yaml.",
        ),
        (
            append("outputs.yaml", "\nResources:\n  Late:\n    Type: AWS::SNS::Topic\n"),
            "Resources is in template/dashboard.yaml and, with other sections between, again in template/outputs.yaml.",
        ),
        (
            append("queues.yaml", "\nResources:\n"),
            "Resources is in template/queues.yaml and again in template/queues.yaml.",
        ),
        (
            append("queues.yaml", "- stray\n"),
            "template/queues.yaml, line 30: this is neither a section, nor inside a section, nor a comment.",
        ),
        (
            append("sms.yaml", "# SMS.\n\nResources:\n"),
            "template/index.txt must name template/sms.yaml once.",
        ),
        (
            append("index.txt", "sms.yaml\n"),
            "template/index.txt names template/sms.yaml, which does not exist.",
        ),
        (
            replace("queues.yaml", "Resources:\n"),
            "template/queues.yaml: the first line must be a comment that says what the part holds.",
        ),
    ],
    ids=["twice", "twice in a part", "text", "section", "section in a part", "stray", "unlisted", "missing", "no head"],
)
def test_a_part_that_cannot_be_joined_is_refused_by_name(copy: Path, change: Change, reason: str) -> None:
    change(copy)
    for words in ([], ["--check"]):
        completed = run(copy, *words)
        assert (completed.returncode, completed.stderr) == (1, reason + "\n")
    assert (copy / "template.yaml").read_text("utf-8") == TEMPLATE.read_text("utf-8"), "nothing is written"


def test_the_template_begins_with_a_table_of_its_parts() -> None:
    lines = TEMPLATE.read_text("utf-8").splitlines()
    assert lines[0].startswith("# Written by bin/template from the parts in template/.")
    rows = [re.fullmatch(r"# +(\d+)  (\S+) +(\S.*)", line) for line in lines[4 : 4 + len(PARTS)]]
    assert {row[2] for row in rows if row} == set(PARTS)
    for row in rows:
        assert row
        assert lines[int(row[1]) - 1].startswith(f"# {row[2]} ---")
        assert lines[int(row[1])] == f"# {row[3]}"
        assert len(row[0]) <= 120


@pytest.mark.parametrize("part", sorted(PARTS))
def test_a_part_is_short(part: str) -> None:
    assert len(PARTS[part].splitlines()) <= 200


def part_of(function: str) -> str:
    return f"template/{properties(function)['CodeUri']}.yaml"


def policies(function: str) -> set[str]:
    """Return the managed policies of a function, by their names in the template."""
    found: set[str] = set()
    for policy in properties(function).get("Policies", []):
        named: Any = policy["Fn::If"][1] if "Fn::If" in policy else policy
        found |= {named["Ref"]} if "Ref" in named else set()
    return found


@pytest.mark.parametrize("function", sorted(functions()))
def test_the_part_of_a_function_has_all_its_permissions(function: str) -> None:
    part = part_of(function)
    head = " ".join(line[2:] for line in PARTS[part].split("\n\n")[0].splitlines())
    may = re.search(r"May: (.*?)\.(?: |$)", head)
    named = set(may[1].split(", ")) if may else set[str]()
    assert may or "It has no permissions." in head
    assert named == actions(function), "the first lines must name what its policies allow"
    assert HOMES[function] == part
    others = set[str]().union(*(policies(other) for other in functions() if other != function))
    for policy in policies(function):
        assert HOMES[policy] == (SHARED if policy in others else part)
        if policy in others:
            [line] = [line for line in PARTS[part].splitlines() if f"!Ref {policy}" in line]
            assert "# functions/shared.yaml: " in line


def test_event_sources_are_beside_their_functions_and_the_log_group_is_shared() -> None:
    sources = {
        name: resource["Properties"]["FunctionName"]["Ref"]
        for name, resource in template()["Resources"].items()
        if resource["Type"] == "AWS::Lambda::EventSourceMapping"
    }
    assert set(sources.values()) == {"Deliver", "LiveHints", "ProviderEvents"}
    assert all(HOMES[name] == part_of(function) for name, function in sources.items())
    assert template()["Globals"]["Function"]["LoggingConfig"]["LogGroup"] == {"Ref": "Logs"}
    assert HOMES["Logs"] == SHARED
