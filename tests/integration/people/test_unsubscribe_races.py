"""Unsubscribing while preferences are stored or a person is erased: no choice is lost, no person is stored again."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow

from carillon.database.connection import Database
from carillon.models.preferences import NewPreferences
from carillon.people import erasure, preferences
from carillon.settings import RecipientsSettings
from tests.integration.people.test_preference_races import together
from tests.support.environment import WAITING_HERE, Connect
from tests.support.service import Service

ENDPOINTS: Any = None  # no person here has a device
# So that the transactions meet between their locks.
PAUSES_BEFORE_AN_INSERT = """
    CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(random() * 0.02); RETURN NEW; END $$;
    CREATE TRIGGER pauses BEFORE INSERT ON preferences FOR EACH ROW EXECUTE FUNCTION pause()
"""
ON, OFF = {"email": {"enabled": True}}, {"email": {"enabled": False}}


@pytest.fixture
def databases(service: Service) -> Iterator[list[Database]]:
    """Yield the connections of six containers."""
    made = [Database(RecipientsSettings.load()) for _ in range(6)]
    yield made
    for database in made:
        database.close()


def unsubscribe(database: Database, user_id: str, categories: list[str] | None) -> bool:
    return database.rows("people/unsubscribe", {"user_id": user_id, "categories": categories})[0]["known"]


def wait_for_a_waiter(watcher: psycopg.Connection[DictRow], done: Callable[[], bool]) -> None:
    while not watcher.execute(WAITING_HERE).fetchall():
        assert not done()


def test_concurrent_links_and_a_put_lose_nothing(
    databases: list[Database], connect: Connect, reachable: Callable[..., None]
) -> None:
    settings = RecipientsSettings.load()
    people = [f"user{number}" for number in range(12)]
    reachable(*people[:6])  # the others have no choices
    for user in people[6:]:
        connect().execute(
            "INSERT INTO recipients (user_id, email, updated_at) VALUES (%s, 'a@x.example', now())", [user]
        )
    chosen = NewPreferences.model_validate({"email_enabled": True, "rules": {"a": ON, "d.e": ON}})
    for user in people:
        calls: list[Callable[[], Any]] = [
            lambda d=d, c=c, user=user: unsubscribe(d, user, [c]) for d, c in zip(databases, "abcde", strict=False)
        ]
        together([*calls, lambda user=user: preferences.put(databases[5], settings, user, chosen)])
        [row] = connect().execute("SELECT * FROM preferences WHERE user_id = %s", [user]).fetchall()
        # The put comes after some links and before the others. It replaces the choices of the links before it. The
        # links after it add theirs, and switch off its rules for a and d.e.
        assert row["channels"] == {"email": True}
        assert {"a", "d.e"} <= set(row["rules"]) <= {"a", "b", "c", "d", "e", "d.e"}
        assert row["rules"]["d.e"]["email"]["enabled"] is ("d" not in row["rules"])
        assert all(row["rules"][name] == OFF for name in "bce" if name in row["rules"])


def test_an_unsubscription_waits_for_a_put_in_progress_and_reads_its_rules(
    databases: list[Database], connect: Connect, reachable: Callable[..., None]
) -> None:
    """A choice that was read before the lock would restore the old rules."""
    reachable("alice")
    other = connect(autocommit=False)
    other.execute("""UPDATE preferences SET digest_minutes = 30, rules = '{"b": {"email": {"enabled": true}}}'""")
    with ThreadPoolExecutor(1) as pool:
        unsubscribing = pool.submit(unsubscribe, databases[0], "alice", None)
        wait_for_a_waiter(connect(), unsubscribing.done)
        other.commit()
        assert unsubscribing.result(10) is True
    [row] = connect().execute("SELECT * FROM preferences").fetchall()
    assert (row["channels"], row["digest_minutes"]) == ({"email": False, "push": False}, 30)
    assert row["rules"] == {"b": {"email": {"enabled": False}}}


def test_a_person_who_is_erased_meanwhile_is_not_stored_again(
    databases: list[Database],
    connect: Connect,
    reachable: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    connect().execute(PAUSES_BEFORE_AN_INSERT)
    for number in range(20):
        user = f"user{number}"
        if number % 2:
            reachable(user)  # has choices
        connect().execute(
            "INSERT INTO recipients (user_id, email, updated_at) VALUES (%s, 'a@x.example', now())"
            " ON CONFLICT DO NOTHING",
            [user],
        )
        together([
            *[lambda d=d, user=user: unsubscribe(d, user, ["a"]) for d in databases[:4]],
            lambda user=user: erasure.erase(databases[4], ENDPOINTS, user, "tests"),
        ])  # fmt: skip
        assert unsubscribe(databases[0], user, None) is False
    for table in ("preferences", "recipients"):
        assert connect().execute(f"SELECT FROM {table}".encode()).fetchall() == []
    assert "statement_repeated" not in caplog.messages  # no deadlock


def test_an_unsubscription_that_is_first_is_erased_too(databases: list[Database], connect: Connect) -> None:
    """The unsubscription has locked the contact data, and stores preferences that the erasure has not seen."""
    connect().execute("INSERT INTO recipients (user_id, email, updated_at) VALUES ('alice', 'a@x.example', now())")
    first = connect(autocommit=False)
    first.execute("SELECT unsubscribe('alice', NULL)")
    with ThreadPoolExecutor(1) as pool:
        erased = pool.submit(erasure.erase, databases[0], ENDPOINTS, "alice", "tests")
        wait_for_a_waiter(connect(), erased.done)
        first.commit()
        erased.result(10)
    assert connect().execute("SELECT FROM preferences").fetchall() == []


def test_after_an_erasure_that_is_first_there_is_no_person_to_unsubscribe(
    databases: list[Database], connect: Connect
) -> None:
    connect().execute("INSERT INTO recipients (user_id, email, updated_at) VALUES ('alice', 'a@x.example', now())")
    first = connect(autocommit=False)
    first.execute("SELECT erase_person('alice')")
    with ThreadPoolExecutor(1) as pool:
        unsubscribing = pool.submit(unsubscribe, databases[0], "alice", None)
        wait_for_a_waiter(connect(), unsubscribing.done)
        first.commit()
        assert unsubscribing.result(10) is False
    assert connect().execute("SELECT FROM preferences").fetchall() == []
