"""The reasons with which functions/migrate fails a deploy: short, in one line, and without credentials."""

import psycopg
import pytest

import migrate as function
from carillon.errors import MigrationFailed

PASSWORD = "not-to-be-told"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MigrationFailed("0002_x.sql: a\n  b"), "0002_x.sql: a b"),
        (MigrationFailed("x" * 501), "x" * 499 + "…"),
        (MigrationFailed(f"at postgresql://u:{PASSWORD}@h/d Password={PASSWORD} end"), "at postgresql***h/d *** end"),
        (ValueError(PASSWORD), "ValueError: see the function's log"),
    ],
    ids=["one line", "short", "no credentials", "unexpected"],
)
def test_the_reason_of_an_error_is_short(error: Exception, expected: str) -> None:
    assert function.reason(error) == expected


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dbname": PASSWORD}, 'FATAL: database "…" does not exist'),
        ({"user": PASSWORD}, 'FATAL: role "…" does not exist'),
        ({"port": "1"}, "Connection refused"),
        ({"sslmode": PASSWORD}, 'invalid sslmode value: "…"'),
    ],
    ids=["database", "user", "port", "option"],
)
def test_the_reason_names_the_fault_and_nothing_of_the_address(
    empty_database_url: str, change: dict[str, str], words: str
) -> None:
    with pytest.raises(psycopg.OperationalError) as caught:
        psycopg.connect(empty_database_url, **change)  # pyright: ignore[reportArgumentType]
    reason = function.reason(caught.value)
    assert reason.startswith("The database does not answer: ")
    assert words in reason
    assert PASSWORD not in reason


def test_a_refused_password_is_named() -> None:
    words = 'connection to server at "db", port 5432 failed: FATAL: password authentication failed for user "u"'
    assert "password authentication failed" in function.reason(psycopg.OperationalError(words))


@pytest.mark.parametrize("address", ["postgresql://u:p%40%2F%3A@h:5432/d%40e?sslmode=require", "host=/tmp dbname=a"])
def test_a_valid_address_is_accepted(address: str) -> None:
    function.check_address(address)
