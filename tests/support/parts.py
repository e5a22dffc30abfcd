"""Files that must name a severity or a channel, and a check that names the missing part."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support.paths import ROOT

SCHEMA = ROOT / "layers" / "carillon" / "carillon" / "database"
_SOURCES = ("layers", "functions", "cli", "demo", "devstack", "web/src")
_SUFFIXES = (".css", ".js", ".py", ".sql", ".toml", ".ts", ".tsx")


@dataclass(frozen=True)
class Part:
    """Text that a file must have. In all three fields NAME stands for the severity or the channel.

    UPPER stands for the name in capitals, TITLE for the name with one capital. `pattern` is a regular expression.
    """

    what: str
    file: str
    pattern: str

    def __str__(self) -> str:
        return f"{self.what} in {self.file}"

    def check(self, kind: str, name: str) -> None:
        """Fail if the file lacks the part of `name`, such as "severity 'error' has no shape in demo/page/pipe.css"."""
        path = ROOT / _fill(self.file, name)
        text = path.read_text("utf-8") if path.exists() else ""
        if not re.search(_fill(self.pattern, name), text, re.MULTILINE):
            missing(kind, name, _fill(str(self), name))


def _fill(text: str, name: str) -> str:
    return text.replace("NAME", name).replace("UPPER", name.upper()).replace("TITLE", name.title())


def missing(kind: str, name: str, part: str) -> NoReturn:
    """Fail and name the part that a severity or a channel does not have."""
    pytest.fail(f"{kind} {name!r} has no {part}", pytrace=False)


def sources() -> list[Path]:
    """Return the files of the product that people write: no tests, no documentation, nothing that is generated."""
    return [
        path
        for folder in _SOURCES
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in _SUFFIXES and "node_modules" not in path.parts and ".gen." not in path.name
    ]
