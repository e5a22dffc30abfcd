"""Child processes of a benchmark: one program each, which waits for orders on its stdin.

A child answers each line with one line. `prepare {…}` is answered when all is ready to be timed, and `run` when the
work is done. So all processes are started, connected and warm before the clock starts. A child ends when its stdin
ends, also if this process was killed.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
END_WITHIN_SECONDS = 5


class ChildFailed(Exception):
    """A child ended, or answered with an error. The message has what it said."""


@dataclass(frozen=True, slots=True)
class Start:
    """The command that starts a program, and the settings that only this program needs."""

    command: Sequence[str | Path]
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Child:
    """One process of a program."""

    def __init__(self, command: Sequence[str | Path], config: Mapping[str, Any]) -> None:
        self.command = command
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C must reach only the benchmark, which then ends its children
        )
        try:
            self.send(json.dumps(config))
        except ChildFailed:
            self.end()
            raise

    @property
    def pid(self) -> int:
        """The id of the process."""
        return self._process.pid

    def send(self, line: str) -> None:
        """Send an order."""
        assert self._process.stdin
        try:
            print(line, file=self._process.stdin, flush=True)
        except BrokenPipeError:
            raise ChildFailed(f"{self.command} ended with {self._process.wait()}") from None

    def answer(self) -> str:
        """Wait for the answer to the last order, and return it."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise ChildFailed(f"{self.command} ended with {self._process.wait()}")
        if line.startswith("error"):
            raise ChildFailed(f"{self.command}: {line}")
        return line.rstrip("\n")

    def end(self) -> None:
        """End the process: first by the end of its stdin, then by signals."""
        for stop in (self._close, self._process.terminate, self._process.kill):
            stop()
            try:
                self._process.wait(END_WITHIN_SECONDS)
                break
            except subprocess.TimeoutExpired:
                continue
        if self._process.stdout:
            self._process.stdout.close()

    def _close(self) -> None:
        try:
            if self._process.stdin:
                self._process.stdin.close()
        except BrokenPipeError:
            pass


class Fleet:
    """The processes of one program, which run at the same time."""

    def __init__(self, children: Sequence[Child]) -> None:
        self.children = children

    def order(self, line: str) -> list[str]:
        """Send an order to all processes, and wait for all answers."""
        for child in self.children:
            child.send(line)
        return [child.answer() for child in self.children]

    def timed(self, work: Mapping[str, Any], count: int, settle: Callable[[], None] | None = None) -> float:
        """Let each process prepare `count` units and run them. Return the rate of all, in units a second.

        `settle` is called between the two.
        """
        self.order("prepare " + json.dumps({**work, "count": count}))
        if settle:
            settle()
        started = time.perf_counter()
        self.order("run")
        return count * len(self.children) / (time.perf_counter() - started)

    def calibrate(self, work: Mapping[str, Any], seconds: float, first: int) -> int:
        """Warm the program up, and return how many units each process does in about so many seconds.

        The first units fill caches and plans. The rate comes from a second run of as many.
        """
        self.timed(work, first)
        rate = self.timed(work, first)
        return max(round(rate * seconds / len(self.children)), 5)


@contextmanager
def fleets(programs: Mapping[str, Start], processes: int, config: Mapping[str, Any]) -> Generator[dict[str, Fleet]]:
    """Start each program in so many processes, wait until all are connected, and end them at the end."""
    children: list[Child] = []
    try:
        started: dict[str, Fleet] = {}
        for name, start in programs.items():
            settings = {**config, **start.config, "processes": processes}
            own = [Child(start.command, {**settings, "number": number}) for number in range(processes)]
            children += own
            started[name] = Fleet(own)
        for child in children:
            child.answer()
        yield started
    finally:
        for child in children:
            child.end()


def python(program: str) -> Start:
    """Return a Python program: a module of benchmarks/programs."""
    return Start([sys.executable, "-m", "benchmarks.worker", program])
