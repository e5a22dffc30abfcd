"""`python -m devstack`: how it stops, which processes it stops, and which errors it prints."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from typer.testing import CliRunner

from devstack import __main__ as command
from devstack import functionlog
from devstack.invoke import ACTION, BATCH, HTTP, LISTENER, RESOURCE, SCHEDULE, kind
from devstack.machine.checks import check_ports
from devstack.machine.lock import Registry, only_one
from devstack.machine.options import DEFAULT_PORT, HOST, DevstackError, Options
from devstack.machine.postgres import THROWAWAY, Postgres
from tests.support.paths import ROOT
from tests.unit.devstack.test_devstack import free_port

# A devstack that starts nothing and is ready at once.
READY_AT_ONCE = """
import sys
from devstack import __main__ as command
from devstack.stack import Devstack
Devstack.start = lambda self: None
command._show = lambda stack, seconds: print("ready", flush=True)
command.app()
"""


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "300"], start_new_session=True) as process:
        yield process
        process.kill()


def up(state: Path, *prefix: str, **options: Any) -> subprocess.Popen[str]:
    arguments = [*prefix, sys.executable, "-c", READY_AT_ONCE, "up", "--state", str(state), "--with-parent"]
    return subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True, **options)


def output(process: subprocess.Popen[str]) -> str:
    """Return everything that it and its children print until the last of them has ended."""
    return process.communicate(timeout=20)[0]


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(command.app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_signal_stops_the_devstack_even_if_its_parent_ignores_the_signal(
    tmp_path: Path, number: signal.Signals
) -> None:
    with up(tmp_path, "bash", "-c", f'trap "" {number.name[3:]}; exec "$@"', "-") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert "Stopped." in output(process)
        assert process.returncode == 0


def test_the_devstack_stops_with_the_process_that_started_it(tmp_path: Path) -> None:
    with up(tmp_path, "bash", "-c", '"$@"; true', "-") as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        parent.kill()
        assert "Stopped." in output(parent)


def test_stop_ends_the_running_devstack_and_may_be_repeated(tmp_path: Path) -> None:
    with up(tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        code, text = run("stop", "--leftovers", "--state", tmp_path)
        assert (code, process.poll()) == (1, None)
        assert "a devstack runs here" in text
        assert run("stop", "--state", tmp_path) == (0, "")
        assert "Stopped." in output(process)
    assert run("stop", "--state", tmp_path) == (0, "")
    assert (tmp_path / "devstack.lock").read_text() == ""  # `make clean` skips its check if the file is empty


def test_stop_ends_processes_that_a_killed_devstack_left(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    database = Postgres(tmp_path / "postgres", port=free_port(), config=THROWAWAY)
    database.start()
    try:
        Registry(tmp_path).add(sleeper.pid)
        assert database.running
        code, text = run("stop", "--leftovers", "--state", tmp_path)
        assert (code, psutil.pid_exists(sleeper.pid)) == (0, False)
        assert "An earlier devstack was killed" in text
        assert not database.running
    finally:
        database.stop()


def test_children_that_outlived_a_registered_process_are_found(tmp_path: Path) -> None:
    script = "sleep 300 & echo $!; read"
    with subprocess.Popen(
        ["bash", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        Registry(tmp_path).add(parent.pid)
        parent.kill()
        parent.wait(10)
        try:
            assert Registry(tmp_path).stop_leftovers() == 1
            assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
        finally:
            if child.is_running():
                child.kill()


def test_a_devstack_that_did_not_start_does_not_say_that_it_stopped(tmp_path: Path) -> None:
    with only_one(tmp_path):
        code, text = run("up", "--state", tmp_path)
    assert code == 1
    assert "Not started: A devstack is already running here" in text
    assert "stopped:" not in text


def test_a_server_that_ends_is_named_after_three_failed_checks_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = iter(["PostgreSQL ended by itself.", None, *["PostgreSQL ended by itself."] * 3])
    monkeypatch.setattr(command, "CHECK_EVERY_SECONDS", 0)
    with pytest.raises(DevstackError, match="PostgreSQL ended by itself"):
        command._stay(SimpleNamespace(ended=lambda: next(checks)))  # pyright: ignore[reportArgumentType]
    assert next(checks, "no check is left") == "no check is left"


def test_the_ports_that_the_error_proposes_are_free(tmp_path: Path) -> None:
    with ExitStack() as sockets:
        for port in (DEFAULT_PORT, 9003):
            listener = sockets.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((HOST, port))
            except OSError:
                continue  # another program uses it, which serves this test too
            listener.listen()
        with pytest.raises(DevstackError) as refused:
            check_ports(Options(state=tmp_path))
        [proposed] = re.findall(r"CARILLON_PORT=(\d+)", str(refused.value))
        assert int(proposed) not in (DEFAULT_PORT, 9000)
        check_ports(Options(state=tmp_path, port=int(proposed)))


def test_an_event_goes_only_to_a_function_that_takes_it(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text("{}")
    (tmp_path / "other.json").write_text('{"Records": []}')
    for function, event, sentence in (
        ("mark", "http-mark", "no function mark. There are create, read, recipients, deliver, provider_events,"),
        ("deliver", "http-create", "deliver takes an SQS batch, like events/sqs-batch.json; .* is an HTTP request."),
        ("create", tmp_path / "other", "create takes an HTTP request, .* is no event that Carillon knows."),
    ):
        code, text = run("invoke", function, (ROOT / "events" / event).with_suffix(".json"), "--state", tmp_path)
        assert code == 1
        assert re.search(sentence, text), text


def test_every_recorded_event_is_of_a_known_kind() -> None:
    kinds = {path.stem.split("-")[0]: kind(json.loads(path.read_text())) for path in (ROOT / "events").glob("*.json")}
    batches = dict.fromkeys(("sqs", "provider", "hints"), BATCH)
    others = {"schedule": SCHEDULE, "custom": RESOURCE, "operator": ACTION, "listener": LISTENER}
    assert kinds == {"http": HTTP, **batches, **others}


def test_a_line_of_the_functions_log_names_its_function() -> None:
    line = '{"level":"INFO","service":"deliver"}'
    assert functionlog.describe({"timestamp": 1500, "message": line + "\n"}) == f"00:00:01.500 deliver    {line}"
    assert functionlog.describe({"timestamp": 0, "message": "[1, 2]"}) == "00:00:00.000 -          [1, 2]"


def test_brackets_in_an_error_are_printed(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text("{}")
    code, text = run("invoke", "create", tmp_path / "x[/y].json", "--state", tmp_path)
    assert code == 1
    assert "x[/y].json: No such file" in text


def test_the_log_shows_equal_lines_as_often_as_they_were_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stack.json").write_text('{"stack_name": "carillon"}')
    a, b, c = ({"timestamp": 20_000 + at, "logStreamName": "s", "message": f"{at}"} for at in (0, 1, 2))
    start = {"timestamp": 20_001, "logStreamName": "s", "message": "START RequestId: 1"}
    polls = iter([[start, a, b, b], [a, b, b, b, c]])
    since_of_each_poll: list[int] = []

    def client(_stack: object, service: str) -> None:
        assert service == "logs"

    def events(_logs: Any, group: str, since: int) -> list[dict[str, Any]]:
        assert group == "/carillon/functions"
        since_of_each_poll.append(since)
        if len(since_of_each_poll) == 2:
            (tmp_path / "stack.json").unlink()  # the devstack stops
        return next(polls)

    monkeypatch.setattr(functionlog, "client", client)
    monkeypatch.setattr(functionlog, "_events", events)
    monkeypatch.setattr(functionlog, "POLL_EVERY_SECONDS", 0)
    lines = list(functionlog.function_log(Options(state=tmp_path), follow=True))
    assert [line.split()[-1] for line in lines] == ["0", "1", "1", "1", "2"]
    assert since_of_each_poll == [0, 20_001 - functionlog.OVERLAP_MS]
