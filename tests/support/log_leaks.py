"""Whether a log line tells a secret or something personal, and all log lines of a test run to be asked about.

Each process of a run keeps what it logs in a file of its own; who started them reads all files when the run is over.
"""

import logging
import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import pytest
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

# What no log line may hold. The last ones are what tests write into notifications and devices.
FORBIDDEN = {
    "an address": re.compile(r"[\w.+-]+(?:@|%40)[\w-]+\.\w+"),
    "a token": re.compile(r"\beyJ[\w-]{8,}\.[\w-]+|\bBearer\s+[\w-]{8,}", re.IGNORECASE),
    "a password": re.compile(r"://[^\s/:@]*:[^\s/@]+@|\bpassword['\"]?\s*[=:]\s*['\"]?[^\s'\",]", re.IGNORECASE),
    "a signature": re.compile(r"X-Amz-(?:Signature|Credential|Security-Token)|[?&]Signature=|/unsubscribe/[\w.-]{8,}"),
    "a key": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}"),
    "a device": re.compile(r":endpoint/|\bcarols-phone\b|\btoken-(?:of-)?[\w-]+|\b[0-9a-fA-F]{60,}\b"),
    "content": re.compile(
        r"MARKED|\bsecret-(?:title|body|batch)|\b(?:Payment|It|A job|Job) failed\b|Sync broke|Number \d"
        r"|\b[0-9a-f]{32}\b"  # the title of most notifications end to end
    ),
}


MOST = 50  # leaks that are shown
_NAMES_THE_TEST = "--- "


@dataclass(frozen=True, slots=True)
class Leak:
    """A line that tells what it may not, and what that is."""

    kind: str
    test: str
    line: str

    def __str__(self) -> str:
        return f"{self.kind}, in {self.test}:\n  {self.line}"


def told(line: str) -> list[str]:
    """What a line tells that it may not."""
    return [kind for kind, pattern in FORBIDDEN.items() if pattern.search(line)]


def found(folder: Path) -> tuple[int, list[Leak]]:
    """How many lines the processes of a run have kept in a folder, and those that leak."""
    lines, leaks = 0, list[Leak]()
    for path in sorted(folder.glob("*.log")):
        test = "no test"
        for line in path.read_text("utf-8", "replace").splitlines():
            if line.startswith(_NAMES_THE_TEST):
                test = line.removeprefix(_NAMES_THE_TEST)
                continue
            lines += 1
            leaks += [Leak(kind, test, line) for kind in told(line)]
    return lines, leaks


class Keeper(logging.Handler):
    """Keeps all that is logged in this process, as the functions would write it, with the test that it is of."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        folder.mkdir(exist_ok=True)
        self._file: TextIO = (folder / f"{os.getpid()}.log").open("a", encoding="utf-8", buffering=1)
        self._test = ""
        self.setFormatter(LambdaPowertoolsFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record that reached the root."""
        self.keep(self.format(record))

    def keep(self, text: str, test: str | None = None) -> None:
        """Keep lines as they are; they are of the test under way, unless it is named."""
        test = test or os.environ.get("PYTEST_CURRENT_TEST", "no test")
        lines = [text] if self._test == test else [f"{_NAMES_THE_TEST}{test}", text]
        self._test = test
        self._file.write("\n".join(lines) + "\n")


@contextmanager
def kept(folder: Path) -> Generator[Keeper]:
    """Keep what this process logs: what reaches the root, and what any handler writes.

    A handler of the functions' own adds what a container knows (its context), so its lines are kept too.
    """
    keeper = Keeper(folder)
    emit: Any = logging.StreamHandler.emit

    def emit_and_keep(handler: logging.StreamHandler[TextIO], record: logging.LogRecord) -> None:
        emit(handler, record)
        if not type(handler).__module__.startswith("_pytest"):
            keeper.keep(handler.format(record))

    logging.StreamHandler.emit = emit_and_keep  # pyright: ignore[reportAttributeAccessIssue]
    logging.root.addHandler(keeper)
    try:
        yield keeper
    finally:
        logging.root.removeHandler(keeper)
        logging.StreamHandler.emit = emit


class Reader:
    """What the process that outlives all others does: it keeps what tests print, and reads all lines in the end."""

    def __init__(self, folder: Path, keeper: Keeper) -> None:
        self._folder, self._keeper = folder, keeper
        self._lines, self._leaks = 0, list[Leak]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Metrics are printed; of all a test has printed, its last report tells."""
        if report.when == "teardown" and (printed := report.capstdout + report.capstderr):
            self._keeper.keep(printed.rstrip("\n"), report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A leak fails the run, whatever its tests say."""
        self._lines, self._leaks = found(self._folder)
        if self._leaks:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Which lines leak, and of which tests they are."""
        terminalreporter.write_line(f"{self._lines} log lines read, {len(self._leaks)} tell what they may not")
        for leak in self._leaks[:MOST]:
            terminalreporter.write_line(str(leak), red=True)
