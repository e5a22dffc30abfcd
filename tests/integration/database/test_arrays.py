"""Arrays of texts as parameters."""

from carillon.database.arrays import text_array
from tests.support.environment import Connect

TEXTS = [
    None,
    "NULL",
    "null",
    "",
    " ",
    "a",
    "a,b",
    "{}",
    "{a",
    '"',
    '""',
    "\\",
    '\\"',
    "a\nb",
    "\t ",
    "é",
    "🔔",
    "'",
    "$1",
    "%s",
]


def test_postgresql_reads_each_text_as_it_was(connect: Connect) -> None:
    for texts in ([], TEXTS, TEXTS[::-1], *([text] for text in TEXTS)):
        row = connect().execute("SELECT %s::text[] AS texts", (text_array(texts),)).fetchone()
        assert row is not None
        assert row["texts"] == texts
