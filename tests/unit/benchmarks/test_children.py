"""The child processes of the benchmarks: orders, failures and their end."""

import sys

import psutil
import pytest

from benchmarks.children import Child, ChildFailed, Fleet, Start, fleets

ECHO = "import sys\nfor line in sys.stdin: print('ok', line.strip(), flush=True)"
STUBBORN = (
    "import signal, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ok', flush=True)\ntime.sleep(60)"
)


def start(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


def test_a_child_answers_each_order_with_a_line():
    child = Child(start(ECHO), {"number": 3})
    try:
        assert child.answer() == 'ok {"number": 3}'
        child.send("run")
        assert child.answer() == "ok run"
    finally:
        child.end()
    assert not psutil.pid_exists(child.pid)


def test_a_child_that_reports_an_error_fails_with_its_words():
    child = Child(start("print('error no such table', flush=True); input()"), {})
    with pytest.raises(ChildFailed, match="no such table"):
        child.answer()
    child.end()


def test_a_child_that_ended_fails_with_its_status():
    child = Child(start("import sys; sys.stdin.readline(); sys.exit(3)"), {})
    with pytest.raises(ChildFailed, match="ended with 3"):
        child.answer()
    child.end()


def test_a_child_that_ignores_the_end_is_killed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("benchmarks.children.END_WITHIN_SECONDS", 0.2)
    child = Child(start(STUBBORN), {})
    assert child.answer() == "ok"
    child.end()
    assert not psutil.pid_exists(child.pid)


def fail_with_two_processes(pids: list[int]) -> None:
    with fleets({"echo": Start(start(ECHO), {"own": True})}, 2, {"url": "x"}) as started:
        pids += [child.pid for child in started["echo"].children]
        assert started["echo"].order("run") == ["ok run", "ok run"]
        raise ZeroDivisionError


def test_a_fleet_ends_its_processes_after_an_error():
    pids: list[int] = []
    with pytest.raises(ZeroDivisionError):
        fail_with_two_processes(pids)
    assert len(pids) == 2
    assert not any(map(psutil.pid_exists, pids))


def test_the_databases_settle_before_the_clock_starts():
    children = [Child(start(ECHO), {}) for _ in range(2)]
    try:
        for child in children:
            child.answer()
        settled: list[bool] = []
        assert Fleet(children).timed({"case": "x"}, 100, lambda: settled.append(True)) > 0
        assert settled == [True]
    finally:
        for child in children:
            child.end()
