"""A lost output changes neither what a command does nor its verdict."""

import io
import os
from collections.abc import Callable, Iterator

import pytest

from cli.main import app
from tests.support.command_line import Command, command_on
from tests.support.environment import Connect
from tests.support.operator_function import operator_function
from tests.support.service import Service

QUERIES = ["stats", "verify", "pauses", "log", "failed ls", "dlq ls", "user alice", "keys ls"]


@pytest.fixture
def carillon(service: Service, monkeypatch: pytest.MonkeyPatch, reachable: Callable[..., None]) -> Iterator[Command]:
    reachable("alice")
    with operator_function():
        yield command_on(service, monkeypatch)


def exit_code(monkeypatch: pytest.MonkeyPatch, target: int, *words: str) -> int:
    """Return the exit code of a command whose output goes to a file descriptor."""
    with monkeypatch.context() as patched:
        patched.setattr("sys.stdout", io.TextIOWrapper(io.FileIO(target, "w", closefd=False), write_through=True))
        with pytest.raises(SystemExit) as end:
            app([*words, "--stack-name", "carillon"])
    assert isinstance(end.value.code, int)
    return end.value.code


def test_a_closed_pipe_keeps_the_verdict_and_a_full_disk_has_a_code_of_its_own(
    carillon: Command, service: Service, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"user_id": "alice", "event_name": "a.b", "title": "T", "severity": "critical"}
    service.call("POST", "/notifications", body, producer="app")
    reader, pipe = os.pipe()
    os.close(reader)
    full = os.open("/dev/full", os.O_WRONLY)
    for words in map(str.split, QUERIES):
        assert exit_code(monkeypatch, pipe, *words) == 0, words
        assert exit_code(monkeypatch, pipe, *words, "--json") == 0, words
        assert exit_code(monkeypatch, full, *words) == 4, words
    connect().execute("UPDATE deliveries SET status = 'sent', finished_at = now()")
    assert exit_code(monkeypatch, pipe, "verify") == 1
    assert exit_code(monkeypatch, pipe, "user", "nobody") == 1
    assert exit_code(monkeypatch, pipe, "erase", "alice", "--yes") == 0
    assert exit_code(monkeypatch, full, "pause", "--for", "1h") == 4
    assert len(carillon.json("pauses")["pauses"]) == 1  # it was done all the same
    os.close(pipe)
    os.close(full)


def test_an_export_to_a_full_disk_is_one_line(carillon: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def keep(*_: object) -> None: ...

    monkeypatch.setattr("pathlib.Path.chmod", keep)  # it is a device of the whole machine
    result = carillon("export", "alice", "--output", "/dev/full")
    assert (result.exit_code, result.stderr) == (4, "/dev/full could not be written: No space left on device.\n")
    assert carillon.json("export", "alice", "--output", "/dev/full", code=4)["error"]["code"] == "cannot_write"
