"""The output of the command on any encoding, a full disk, a closed pipe, and after Ctrl-C."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from carillon.operations.answers import LogAnswer, LogEntry
from cli.main import app
from cli.session import Session
from cli.stack import CannotReach, Stack
from tests.support.paths import ROOT
from tests.unit.cli.test_cli import ScriptedStack

RUN = [sys.executable, "-c", "from cli.main import app; app(prog_name='carillon')"]
WIDE = "field-łukasz 宽 🔔"
ENTRY = {"at": "2026-11-24T10:00:00Z", "operator": WIDE, "action": "pause", "arguments": {"why": WIDE}, "affected": 1}
LOG = LogAnswer(acts=[LogEntry.model_validate(ENTRY)]).model_dump(mode="json")
# The command with a function that always gives one answer.
SCRIPTED = """
import json, os, sys
from cli import stack
stack.Stack.ask = lambda *_, **__: json.loads(os.environ["ANSWER"])
from cli.main import app
app(prog_name="carillon")
"""


def run(*words: str | bytes, code: str = RUN[2], **options: Any) -> subprocess.CompletedProcess[bytes]:
    env = os.environ | {"ANSWER": json.dumps(LOG)} | options.pop("env", {})
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, env=env, check=False, **options)


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONIOENCODING": "cp1252"}, {"PYTHONIOENCODING": "ascii:strict", "PYTHONUNBUFFERED": "1"},
        {"LC_ALL": "C", "PYTHONUTF8": "0"},
    ],
    ids=str,
)  # fmt: skip
def test_text_that_the_encoding_does_not_have_is_replaced(env: dict[str, str]) -> None:
    table = run("log", "--region", "x", code=SCRIPTED, env=env)
    assert (table.returncode, table.stderr) == (0, b"")
    assert b"field-" in table.stdout
    document = run("log", "--region", "x", "--json", code=SCRIPTED, env=env)
    assert document.stdout.isascii()
    assert json.loads(document.stdout)["acts"][0]["operator"] == WIDE
    refused = run("log", "--max", "ł", env=env)
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert b"Traceback" not in refused.stderr
    assert run("dlq", "replay", "--help", env=env).returncode == 0


def test_a_table_is_aligned_after_wide_text_was_replaced() -> None:
    told = run("log", "--region", "x", code=SCRIPTED, env={"PYTHONIOENCODING": "ascii"}).stdout.decode()
    assert len({len(line) for line in told.splitlines() if line.strip()}) == 1
    assert "field-?ukasz ? ?" in told


@pytest.mark.parametrize("words", [["user", b"\xff"], ["cost", "--reads", b"\xff"]])
def test_an_argument_that_is_no_text_is_named(words: list[str | bytes]) -> None:
    refused = run(*words)
    assert (refused.returncode, refused.stdout) == (2, b"")
    assert refused.stderr == b"'\\udcff' is not valid UTF-8.\n"
    as_json = run(*words, "--json")
    assert json.loads(as_json.stdout)["error"]["code"] == "invalid"
    assert run("stats", env={"CARILLON_STACK": os.fsdecode(b"\xff")}).returncode == 2


def test_an_argument_is_read_in_the_locale_c() -> None:
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    told = run("explain", "łukasz".encode(), env=env)
    assert (told.returncode, told.stderr) == (1, b"")
    assert told.stdout.startswith(b"?ukasz (error of a delivery)")


COMMANDS = [["--help"], ["cost", "--json"], ["log", "--region", "x"]]


@pytest.mark.parametrize("words", COMMANDS, ids=str)
def test_a_full_disk_is_one_line_and_has_an_exit_code_of_its_own(words: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        told = run(*words, code=SCRIPTED, stdout=full)
    assert told.returncode == 4
    assert told.stderr == (
        b"The output could not be written: No space left on device. What the command did remains done.\n"
    )


@pytest.mark.parametrize("words", COMMANDS, ids=str)
def test_a_closed_pipe_changes_no_exit_code_and_prints_nothing(words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    told = run(*words, code=SCRIPTED, stdout=writer)
    os.close(writer)
    assert (told.returncode, told.stderr) == (0, b"")


def test_a_closed_or_full_standard_error_changes_no_exit_code() -> None:
    with Path("/dev/full").open("wb") as full:
        assert run("nothing", stderr=full).returncode == 2
    for closed, expected in (("2>&-", 2), (">&-", 4)):
        words = ["sh", "-c", f'exec "$@" {closed}', "sh", *RUN, *(["cost"] if expected == 4 else ["nothing"])]
        assert subprocess.run(words, cwd=ROOT, capture_output=True, check=False).returncode == expected


def test_a_full_pipe_that_does_not_block_is_waited_for() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    os.write(writer, b"x" * 65_536)
    child = subprocess.Popen([*RUN, "cost", "--json"], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read()
    assert child.communicate()[1] == b""
    assert child.returncode == 0
    assert json.loads(told[65_536:])["total"] > 0


def interrupt(*_: Any, **__: Any) -> Any:
    signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("words", [["stats"], ["verify"], ["dlq", "replay"], ["token", "--user", "alice"]], ids=str)
def test_ctrl_c_is_one_line_and_130(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stack, "client", interrupt)
    monkeypatch.setattr("cli.main.local_stack", interrupt)
    result = CliRunner().invoke(app, words)
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr == "Interrupted. You may run the command again.\n"
    as_json = CliRunner().invoke(app, [*words, "--json"])
    assert (as_json.exit_code, json.loads(as_json.stdout)["error"]["code"]) == (130, "interrupted")


def test_ctrl_c_before_the_command_begins_is_one_line_and_130(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.root.TyperGroup.make_context", interrupt)
    result = CliRunner().invoke(app, ["stats"])
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr.strip() == "Interrupted. You may run the command again."


def test_ctrl_c_while_the_command_loads_is_one_line_and_130(tmp_path: Path) -> None:
    (tmp_path / "typer.py").write_text("import signal\nsignal.raise_signal(signal.SIGINT)\n")
    words = [sys.executable, "-c", "from cli.start import main; main()", "stats"]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    result = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (130, "")
    assert result.stderr == "Interrupted. You may run the command again.\n"


def test_ctrl_c_at_a_question_is_130_and_no_terminal_is_2(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CliRunner().invoke(app, ["erase", "alice"]).exit_code == 2
    monkeypatch.setattr("typer.confirm", abort)
    assert CliRunner().invoke(app, ["erase", "alice"]).exit_code == 130


def abort(*_: Any, **__: Any) -> Any:
    """Fail as a question does after Ctrl-C."""
    try:
        interrupt()
    except KeyboardInterrupt:
        raise typer.Abort from None


def test_a_defect_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> float:
        return 1 / 0

    monkeypatch.setattr(Session, "show", broken)
    result = CliRunner().invoke(app, ["cost"])
    assert (result.exit_code, "ZeroDivisionError" in result.stderr) == (70, True)


@pytest.mark.parametrize("answer", [[], "x", 1, None, {}])
def test_an_answer_that_is_no_object_is_a_failed_function(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CannotReach, match="its log says why"):
        ScriptedStack(answer).ask("stats")
