"""The size of SQL functions and statements: CONTRIBUTING.md, "The schema"."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

DATABASE = Path(str(files("carillon").joinpath("database")))
MAX_LINES = 60
FILES = sorted((DATABASE / "schema" / "functions").glob("*.sql"))


def sizes(text: str) -> Iterator[int]:
    """Yield the number of lines of each SQL function."""
    begin = None
    for number, line in enumerate(text.splitlines()):
        if line.startswith("CREATE OR REPLACE FUNCTION"):
            assert begin is None, f"a function before line {number} has no end"
            begin = number
        if begin is not None and line.endswith(("$$;", "';")):
            yield number - begin + 1
            begin = None


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_function_has_at_most_60_lines(file: Path) -> None:
    text = file.read_text()
    found = list(sizes(text))

    assert len(found) == text.count("CREATE OR REPLACE FUNCTION")
    assert max(found) <= MAX_LINES


def test_a_statement_has_at_most_60_lines() -> None:
    lengths = {
        path.name: max(len(part.splitlines()) for part in path.read_text().split("\n$$;\n"))
        for path in (DATABASE / "statements").glob("*/*.sql")
    }
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_plan_whose_costs_mean_nothing_is_not_compiled(file: Path) -> None:
    settings = [line.partition("  --")[0] for line in file.read_text().splitlines() if line.startswith("SET ")]
    assert settings.count("SET enable_seqscan = off") == settings.count("SET jit = off")
