"""Rules for migration files. They let all of them share one transaction."""

import re
from pathlib import Path

import pytest

from carillon.database.migrations import migration_files, schema_version

# Function bodies and comments may contain these words.
QUOTED = re.compile(r"\$(\w*)\$.*?\$\1\$|--[^\n]*|'(?:[^']|'')*'", re.DOTALL)
ENDS_A_TRANSACTION = re.compile(
    # END may also end a CASE: as a statement of its own it is the last word, or one of these follows.
    r"^\s*(BEGIN|COMMIT|ROLLBACK|START\s+TRANSACTION|END\s*(;|WORK\b|TRANSACTION\b|AND\s+(NO\s+)?CHAIN\b))"
    r"|\bCONCURRENTLY\b|^\s*VACUUM\b",
    re.IGNORECASE | re.MULTILINE,
)


@pytest.mark.parametrize("path", migration_files(), ids=lambda path: path.name)
def test_no_file_ends_the_shared_transaction(path: Path) -> None:
    assert ENDS_A_TRANSACTION.search(QUOTED.sub("", path.read_text())) is None


@pytest.mark.parametrize(
    "text", ["SELECT 1;\nCOMMIT;", "CREATE INDEX CONCURRENTLY i ON t (a)", "begin;", "END;", "SELECT 1;\nend work;"]
)
def test_a_statement_that_ends_the_transaction_is_found(text: str) -> None:
    assert ENDS_A_TRANSACTION.search(QUOTED.sub("", text)) is not None


def test_numbers_are_four_digits_without_gaps_or_repeats() -> None:
    numbered = [path.name for path in migration_files() if path.parent.name != "functions"]
    assert [name[:5] for name in numbered] == [f"{number:04}_" for number in range(1, len(numbered) + 1)]
    assert f"{schema_version()}.sql" == numbered[-1]
