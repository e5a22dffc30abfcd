"""A search for secrets and personal data in all log lines of a test run.

Each process of a run writes its log to its own file. The main process reads all files at the end.
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

# No log line may match these. The last two are texts that tests write into devices and notifications.
FORBIDDEN = {
    "an address": re.compile(r"[\w.+-]+(?:@|%40)[\w-]+\.\w+"),
    "a token": re.compile(r"\beyJ[\w-]{8,}\.[\w-]+|\bBearer\s+[\w-]{8,}", re.IGNORECASE),
    "a password": re.compile(r"://[^\s/:@]*:[^\s/@]+@|\bpassword['\"]?\s*[=:]\s*['\"]?[^\s'\",]", re.IGNORECASE),
    "a signature": re.compile(r"X-Amz-(?:Signature|Credential|Security-Token)|[?&]Signature=|/unsubscribe/[\w.-]{8,}"),
    "a key": re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}"),
    "a device": re.compile(r":endpoint/|\bcarols-phone\b|\btoken-(?:of-)?[\w-]+|\b[0-9a-fA-F]{60,}\b"),
    "content": re.compile(
        r"MARKED|\bsecret-(?:title|body|batch)|\b(?:Payment|It|A job|Job) failed\b|Sync broke|Number \d"
        r"|\b[0-9a-f]{32}\b"  # the title of most notifications in tests/e2e
    ),
}


MOST = 50  # the number of leaks that are printed
_NAMES_THE_TEST = "--- "


@dataclass(frozen=True, slots=True)
class Leak:
    """A line with forbidden content, and the kind of that content."""

    kind: str
    test: str
    line: str

    def __str__(self) -> str:
        return f"{self.kind}, in {self.test}:\n  {self.line}"


def forbidden_kinds(line: str) -> list[str]:
    """Return the kinds of forbidden content in a line."""
    return [kind for kind, pattern in FORBIDDEN.items() if pattern.search(line)]


def find_leaks(folder: Path) -> tuple[int, list[Leak]]:
    """Return the number of lines in the files of a folder, and the leaks among them."""
    lines, leaks = 0, list[Leak]()
    for path in sorted(folder.glob("*.log")):
        test = "no test"
        for line in path.read_text("utf-8", "replace").splitlines():
            if line.startswith(_NAMES_THE_TEST):
                test = line.removeprefix(_NAMES_THE_TEST)
                continue
            lines += 1
            leaks += [Leak(kind, test, line) for kind in forbidden_kinds(line)]
    return lines, leaks


class Keeper(logging.Handler):
    """A handler that writes the log of this process to a file, with the name of each test."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        folder.mkdir(exist_ok=True)
        self._file: TextIO = (folder / f"{os.getpid()}.log").open("a", encoding="utf-8", buffering=1)
        self._test = ""
        self.setFormatter(LambdaPowertoolsFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record that reached the root logger."""
        self.keep(self.format(record))

    def keep(self, text: str, test: str | None = None) -> None:
        """Write lines unchanged. They belong to the running test, unless `test` names another."""
        test = test or os.environ.get("PYTEST_CURRENT_TEST", "no test")
        lines = [text] if self._test == test else [f"{_NAMES_THE_TEST}{test}", text]
        self._test = test
        self._file.write("\n".join(lines) + "\n")


@contextmanager
def keep_log(folder: Path) -> Generator[Keeper]:
    """Write the log of this process to a file: the records of the root logger, and the lines of any other handler.

    The functions' own handlers add the context of the container, so their lines are written too.
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
    """A pytest plugin for the main process: it writes what tests print, and reads all lines at the end."""

    def __init__(self, folder: Path, keeper: Keeper) -> None:
        self._folder, self._keeper = folder, keeper
        self._lines, self._leaks = 0, list[Leak]()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write what a test printed, such as metrics. Its last report has the whole output."""
        if report.when == "teardown" and (printed := report.capstdout + report.capstderr):
            self._keeper.keep(printed.rstrip("\n"), report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail the run if a line leaks."""
        self._lines, self._leaks = find_leaks(self._folder)
        if self._leaks:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the leaking lines with the names of their tests."""
        terminalreporter.write_line(f"{self._lines} log lines read, {len(self._leaks)} with a leak")
        for leak in self._leaks[:MOST]:
            terminalreporter.write_line(str(leak), red=True)
